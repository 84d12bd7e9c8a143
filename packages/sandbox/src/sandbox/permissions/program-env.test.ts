import { expect, test } from 'vitest'
import { decideEnv } from './program-env.ts'

const context = {
  granted: { TOKEN: 'secret', LD_LIBRARY_PATH: '/opt/lib' },
  searchPath: '/opt/tools/bin:/usr/bin::rel',
}
const decide = (name: string, value = 'x') => decideEnv([[name, value]], context)

test.each([
  ['GREETING', 'hello'],
  ['lower_case', ''],
  ['_', 'x'],
  ['LANG', 'C.UTF-8'],
  ['LC_ALL', 'C'],
  ['TZ', 'UTC'],
  ['TERM', 'dumb'],
  ['NO_COLOR', '1'],
  ['DEBUG', '1'],
  ['MODE', 'fast'],
  ['ENVIRONMENT', 'x'],
  ['NODE_ENV', 'test'],
  ['TARGET', 'x'],
  ['RESULT', 'x'],
  ['RESOURCE', 'x'],
  ['SRC', 'x'],
  ['PIPELINE', 'x'],
  ['GOAL', 'x'],
  ['USER', 'x'],
  ['TMPDIR', '/tmp'],
  ['DATA_DIR', '/data'],
  ['constructor', 'x'],
  ['__proto__', 'x'],
  ['TOKEN', 'secret'],
  // Granted as it is on the host, and passed on as it is.
  ['LD_LIBRARY_PATH', '/opt/lib'],
  ['TOKEN', 'another'],
  ['PATH', '/usr/bin:/bin'],
  ['PATH', '/opt/tools/bin'],
])('decideEnv() lets Python set %s to %j', (name, value) => {
  const decision = decide(name, value)
  expect(decision.allowed).toBe(true)
  expect(decision.allowed && Object.entries(decision.env)).toEqual([[name, value]])
})

test.each(
  (
    'LD_PRELOAD LD_LIBRARY_PATH LD_AUDIT ld_preload DYLD_INSERT_LIBRARIES GCONV_PATH GLIBC_TUNABLES MALLOC_TRACE ' +
    'TZDIR LOCPATH NLSPATH HOSTALIASES RES_OPTIONS BASH_ENV ENV SHELLOPTS BASHOPTS IFS PS4 PROMPT_COMMAND ZDOTDIR ' +
    'CDPATH SHELL PYTHONSTARTUP PYTHONPATH PYTHONHOME PYTHONINSPECT NODE_OPTIONS NODE_PATH npm_config_prefix ' +
    'DENO_DIR PERL5OPT PERL5LIB PERL5DB RUBYOPT RUBYLIB LUA_INIT LUA_PATH JAVA_TOOL_OPTIONS _JAVA_OPTIONS ' +
    'JDK_JAVA_OPTIONS CLASSPATH PHPRC PHP_INI_SCAN_DIR R_PROFILE JULIA_LOAD_PATH GOFLAGS RUSTC_WRAPPER ' +
    'CARGO_HOME RUSTFLAGS ERL_AFLAGS DOTNET_STARTUP_HOOKS CORECLR_PROFILER GIT_SSH_COMMAND GIT_EXTERNAL_DIFF ' +
    'GIT_CONFIG_COUNT SSH_ASKPASS PAGER MANPAGER EDITOR VISUAL BROWSER LESSOPEN LESS RSYNC_RSH CVS_RSH TAR_OPTIONS ' +
    'GREP_OPTIONS MAKEFLAGS MAKEFILES CC CFLAGS AWKPATH VIMINIT EXINIT TERMINFO GTK_MODULES QT_PLUGIN_PATH ' +
    'XDG_CONFIG_HOME HOME OPENSSL_CONF SSL_CERT_FILE CURL_HOME WGETRC AWS_CONFIG_FILE KUBECONFIG DOCKER_HOST ' +
    'XZ_OPT ZIPOPT SUDO_ASKPASS UNZIP_OPTS MY_PLUGINS'
  ).split(' '),
)('decideEnv() refuses %s', (name) => {
  expect(decide(name)).toMatchObject({
    allowed: false,
    reason: expect.stringContaining(JSON.stringify(name)),
  })
})

test.each([
  ['', 'x'],
  ['A=B', 'x'],
  ['1A', 'x'],
  ['BASH_FUNC_ls%%', '() { :; }'],
  ['A B', 'x'],
  ['A\n', 'x'],
  ['A\0', 'x'],
  ['A', 'x\0LD_PRELOAD=y'],
  ['PATH', ''],
  ['PATH', '.'],
  ['PATH', 'rel'],
  ['PATH', '/usr/bin:'],
  ['PATH', '/usr/bin:/tmp'],
  ['PATH', '/usr/bin/../../tmp'],
])('decideEnv() refuses %j with the value %j', (name, value) => {
  expect(decide(name, value).allowed).toBe(false)
})

test('decideEnv() gives nothing that was not asked for, and refuses all when it refuses one', () => {
  expect(Object.keys(decideEnv([], context))).toEqual(['allowed', 'env'])
  expect(decideEnv([], context)).toMatchObject({ allowed: true, env: {} })
  expect(
    decideEnv(
      [
        ['A', '1'],
        ['LD_PRELOAD', 'x'],
      ],
      context,
    ).allowed,
  ).toBe(false)
})
