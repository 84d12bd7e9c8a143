"""Packages with native code that nobody has built for WebAssembly, and what can be had in their place."""

UNBUILT = {
    "torch": "numpy or scikit-learn",
    "torchvision": "pillow",
    "tensorflow": "numpy or scikit-learn",
    "keras": "scikit-learn",
    "jax": "numpy or scipy",
    "numba": "numpy",
    "cupy": "numpy",
    "pyspark": "pandas, polars or duckdb",
    "psutil": "the module resource or time",
    "selenium": "httpx and beautifulsoup4",
    "playwright": "httpx and beautifulsoup4",
    "spacy": "nltk or the module re",
    "transformers": "nltk or scikit-learn",
    "fitz": "pypdf",
    "rpy2": "scipy or statsmodels",
    "catboost": "lightgbm or xgboost",
    "grpc": "httpx",
}
