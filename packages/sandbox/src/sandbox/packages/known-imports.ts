/**
 * Modules that a package of another name brings, where neither Pyodide's lock file nor a wheel folder says so: what
 * programs import most often, and what PyPI has under the module's own name by somebody else.
 */
export const KNOWN_IMPORTS: Readonly<Record<string, string>> = {
  OpenSSL: 'pyopenssl',
  docx: 'python-docx',
  dotenv: 'python-dotenv',
  fitz: 'pymupdf',
  frontmatter: 'python-frontmatter',
  git: 'gitpython',
  github: 'pygithub',
  'google.cloud.storage': 'google-cloud-storage',
  'google.genai': 'google-genai',
  'google.generativeai': 'google-generativeai',
  jose: 'python-jose',
  jwt: 'pyjwt',
  ldap: 'python-ldap',
  magic: 'python-magic',
  markdown_it: 'markdown-it-py',
  multipart: 'python-multipart',
  odf: 'odfpy',
  pptx: 'python-pptx',
  pythoncom: 'pywin32',
  serial: 'pyserial',
  slugify: 'python-slugify',
  speech_recognition: 'speechrecognition',
  telegram: 'python-telegram-bot',
  usb: 'pyusb',
  win32com: 'pywin32',
  zmq: 'pyzmq',
}
