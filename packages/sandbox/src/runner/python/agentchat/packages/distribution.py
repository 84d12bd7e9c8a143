"""Which package of Pyodide's distribution brings which module. A test holds this against the index of the distribution."""

_SAME = """
affine aiohappyeyeballs aiohttp aiosignal altair anyio astropy astropy_iers_data asttokens asyncpg
atomicwrites attrs b2d bcrypt bitarray bitstring bleach bokeh brotli cachetools casadi certifi cffi
cffi_example cftime clarabel click cligj clingo cloudpickle cmyt cobs colorspacious contourpy coverage crc32c
crcmod cryptography cssselect cycler cysignals cytoolz decorator demes deprecated deprecation diskcache
distlib distro docutils donfig duckdb ewah_bool_utils exceptiongroup executing fastapi fiona freesasa
frozenlist fsspec future galpy geopandas gmpy2 h11 h3 h5py healpy highspy html5lib httpcore httpx idna igraph
imageio iminuit iniconfig jedi jiter joblib jsonpatch jsonpointer jsonschema jsonschema_specifications
kiwisolver lazy_loader libcst librt lightgbm logbook lxml lz4 matplotlib micropip ml_dtypes mmh3 mpmath
msgpack msgspec msprime multidict munch mypy narwhals ndindex networkx newick nh3 nlopt nltk numcodecs numpy
openai optlang orjson packaging pandas parso patsy pcodec peewee pkgconfig platformdirs pluggy ply polars
prompt_toolkit propcache psycopg py pyarrow pyclipper pycparser pydantic pydantic_core pydoc_data pyheif
pyiceberg pyinstrument pymongo pyparsing pyproj pyroaring pyrodigal pyrsistent pysam pytest pytest_httpx pytz
pyxirr rasterio rateslib rebound reboundx referencing regex requests retrying rich safetensors scipy screed
sentencepiece setuptools shapely simplejson sisl six sniffio sortedcontainers soundfile soupsieve sourmash
soxr sparseqr sqlalchemy starlette statsmodels strictyaml svgwrite swiglpk sympy tblib termcolor texttable
texture2ddecoder threadpoolctl tiktoken tomli toolz tqdm traitlets traits tskit tzdata ujson uncertainties
unyt urllib3 vrplib wcwidth webencodings wordcloud wrapt xarray xgboost xlrd xxhash xyzservices yarl yt zarr
zengl zfpy zstandard
"""

_OTHERS = """
annotated_doc=annotated-doc annotated_types=annotated-types argon2=argon2-cffi async_timeout=async-timeout
attr=attrs audioop=audioop-lts bigtests=screed bilby_cython=bilby.cython Bio=biopython BioSQL=biopython
boost_histogram=boost-histogram bottleneck=Bottleneck bs4=beautifulsoup4 cartopy=Cartopy cbor_diag=cbor-diag
charset_normalizer=charset-normalizer CoolProp=coolprop Crypto=pycryptodome cv2=opencv-python cvxpy=cvxpy-base
dateutil=python-dateutil dns=dnspython erfa=pyerfa flirt=python-flirt fontTools=fonttools google=protobuf
google_crc32c=google-crc32c gridfs=pymongo InSpice=inspice IPython=ipython isympy=sympy jinja2=Jinja2
lakers=lakers-python lazy_object_proxy=lazy-object-proxy markupsafe=MarkupSafe
memory_allocator=memory-allocator more_itertools=more-itertools mpl_toolkits=matplotlib mypyc=mypy
MySQLdb=mysqlclient nacl=pynacl netCDF4=netcdf4 PhiSpyModules=phispy PhiSpyRepeatFinder=phispy pi_heif=pi-heif
PIL=Pillow pillow_heif=pillow-heif psycopg_binary=psycopg-binary psycopg_c=psycopg-c pure_eval=pure-eval
pygame=pygame-ce pygments=Pygments pylab=matplotlib pyodide_http=pyodide-http pysat=python-sat
pytest_asyncio=pytest-asyncio pytest_benchmark=pytest-benchmark python_calamine=python-calamine
python_solvespace=python-solvespace pywt=pywavelets rpds=rpds-py ruamel=ruamel.yaml shapefile=pyshp
sisl_toolbox=sisl skimage=scikit-image sklearn=scikit-learn smart_open=smart-open stack_data=stack-data
taglib=pytaglib tiktoken_ext=tiktoken tlz=toolz tomli_w=tomli-w tree_sitter=tree-sitter
tree_sitter_go=tree-sitter-go tree_sitter_java=tree-sitter-java tree_sitter_python=tree-sitter-python
typing_extensions=typing-extensions typing_inspection=typing-inspection unix_timezones=pyodide-unix-timezones
vega_datasets=vega-datasets yaml=pyyaml
"""

MODULES = {name: name for name in _SAME.split()} | dict(pair.split("=") for pair in _OTHERS.split())
"""Name of the package by the name of the module."""
