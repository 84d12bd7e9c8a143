import { expect, test } from 'vitest'
import { markerEnvironment } from './marker.ts'
import { allows, applies, normaliseName, parseRequirement, type Requirement } from './requirement.ts'

const environment = markerEnvironment('3.14.2', 'wasm32')

function parsed(text: string): Requirement {
  const requirement = parseRequirement(text)
  if ('problem' in requirement) throw new Error(requirement.problem)
  return requirement
}

test.each([
  ['numpy', 'numpy', [], '', null],
  ['numpy>=2', 'numpy', [], '>=2', null],
  ['NumPy >= 2, < 3', 'numpy', [], '>= 2, < 3', null],
  ['ruamel_yaml (>=0.15)', 'ruamel-yaml', [], '>=0.15', null],
  ['Zope.Interface[test,Docs]~=5.0', 'zope-interface', ['test', 'docs'], '~=5.0', null],
  ['six; python_version < "3"', 'six', [], '', 'python_version < "3"'],
  ["a-b_c.d==1.*;sys_platform!='win32'", 'a-b-c-d', [], '==1.*', "sys_platform!='win32'"],
])('parseRequirement(%j)', (text, name, extras, specifier, marker) => {
  expect(parsed(text)).toEqual({ text, name, extras, specifier, marker })
})

test.each([
  [''],
  ['-numpy'],
  ['numpy-'],
  ['numpy==='],
  ['numpy>=two'],
  ['numpy >= 2 3'],
  ['numpy; python_version'],
  ['numpy; nothing == "1"'],
  ['numpy; (python_version > "3"'],
  ['numpy @ https://example.com/numpy.whl'],
  ['../numpy'],
  ['/etc/passwd'],
  ['numpy\0'],
  [`${'a'.repeat(2000)}`],
])('parseRequirement(%j) says what is wrong', (text) => {
  expect(parseRequirement(text)).toEqual({ problem: expect.stringMatching(/./) })
})

test('normaliseName() is that of PEP 503', () => {
  expect(['A_b', 'a.-_b', 'a-b'].map(normaliseName)).toEqual(['a-b', 'a-b', 'a-b'])
})

test.each([
  ['x', true],
  ['x; python_version >= "3.9"', true],
  ['x; python_version < "3.9"', false],
  ['x; python_full_version == "3.14.*"', true],
  ['x; sys_platform == "emscripten"', true],
  ['x; sys_platform == "win32" or platform_machine == "wasm32"', true],
  ['x; sys_platform == "win32" and platform_machine == "wasm32"', false],
  ['x; (os_name == "nt" or os_name == "posix") and "linux" not in sys_platform', true],
  ['x; "3.1" in python_version', true],
  ['x; implementation_name == "pypy"', false],
  ['x; extra == "test"', false],
])('applies(%j) is %s', (text, expected) => {
  expect(applies(parsed(text), environment, [])).toBe(expected)
})

test('applies() knows the extras that were asked for', () => {
  expect(applies(parsed('x; extra == "test"'), environment, ['docs', 'test'])).toBe(true)
  expect(applies(parsed('x; extra == "test" and python_version < "3"'), environment, ['test'])).toBe(false)
})

test.each([
  [['>=2'], '2.4.3', true],
  [['>=2', '<2.4'], '2.4.3', false],
  [['~=2.1'], '2.9', true],
  [['~=2.1.0'], '2.9', false],
  [['!=2.4.*'], '2.4.1', false],
  [['==1!2.0'], '2.0', false],
  [['>=1.0'], '2.0rc1', false],
  [['>=2.0rc1'], '2.0rc1', true],
  [['==1.0'], '1.0+local', true],
  [[''], '0.0.1', true],
])('allows(%j, %j) is %s', (specifiers, version, expected) => {
  expect(allows(specifiers, version)).toBe(expected)
})
