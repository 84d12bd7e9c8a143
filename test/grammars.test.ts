import { satisfies, valid, validRange } from '@renovatebot/pep440'
import { expect, test } from 'vitest'
import { dangerOfFileName, problemOfFileName } from '../packages/sandbox/src/sandbox/files/workspace-path.ts'
import { IndexPage } from '../packages/sandbox/src/sandbox/packages/index-page.ts'
import { evaluateMarker, markerEnvironment } from '../packages/sandbox/src/sandbox/packages/marker.ts'
import { parseRequirement } from '../packages/sandbox/src/sandbox/packages/requirement.ts'
import { parseWheelName } from '../packages/sandbox/src/sandbox/packages/wheel-name.ts'
import { parseAddress } from '../packages/sandbox/src/sandbox/permissions/addresses.ts'
import { canonicalName } from '../packages/sandbox/src/sandbox/permissions/host-names.ts'
import { parseHost } from '../packages/sandbox/src/sandbox/permissions/hosts.ts'
import { fenced, inlineCode } from '../packages/sandbox/src/sandbox/result/text-pieces.ts'
import { parseSessionId } from '../packages/sandbox/src/sandbox/store/session-id.ts'
import { byteRange } from '../packages/server/src/http/byte-range.ts'
import { webhookKey } from '../packages/server/src/services/webhooks/webhook-request.ts'
import { expectLinearTime, type Pieces } from './linear-time.ts'

const environment = markerEnvironment('3.14.0', 'wasm32')
const VERSION = ['1', '.', '-', '_', '+', '!', 'a', 'rc', 'post', 'dev', 'v', ' ', '1.', '.1', '-1', '+a.']

/** Every grammar over texts of strangers, and what it is made of. */
const GRAMMARS: readonly [string, (text: string) => unknown, Pieces][] = [
  [
    'requirements',
    parseRequirement,
    ['a', ' ', '.', '-', '[', ']', '(', ')', ';', '@', ',', '>=1', "'", 'and ', '\t\n'],
  ],
  [
    'requirements after a name',
    (text) => parseRequirement(`a${text}((`),
    [' ', '\t', 'a', '>', ',', '[', ']', '(', ';'],
  ],
  [
    'markers',
    (text) => evaluateMarker(text, environment),
    ['(', ')', ' ', 'or ', "'a'", '"', '== ', 'extra', 'not in ', 'os_name'],
  ],
  ['versions', valid, VERSION],
  ['ranges of versions', validRange, [...VERSION, '>=', '~=', '===', ',', '*', '.*']],
  [
    'ranges of versions that are asked',
    (text) => satisfies('3.14', text.slice(0, 1000)),
    [...VERSION, '>=', '~=', ','],
  ],
  ['names of wheels', parseWheelName, ['a', '-', '.', '_', '1', 'py3', '-py3-none-any', '.whl', '+', '!']],
  [
    'pages of an index',
    (text) => [...new IndexPage().read(Buffer.from(text))],
    ['{', '}', '[', ']', '"', '\\', ':', ',', '{"files":[', '{"meta":{'],
  ],
  ['names of files', problemOfFileName, ['a', '/', '.', '..', '\\', ':', '\ud800', 'ü', ' ']],
  ['names of files on other platforms', dangerOfFileName, ['con', ' ', '.', '/', 'lpt1', '\u00b9', 'a']],
  ['hosts', parseHost, ['a', '.', '-', '[', ']', ':', '/', '1', '*', 'f::', 'xn--', '%']],
  ['names of hosts', canonicalName, ['a', '.', '-', '0x', '1', '1.', 'ü', 'xn--']],
  ['addresses', parseAddress, ['1', '.', ':', '::', 'f', '0', '1.', 'f:']],
  ['ids of sessions', parseSessionId, ['a', '-', '_', '~', '.']],
  [
    'texts in Markdown',
    (text) => [fenced(text), inlineCode(text, 100)],
    ['`', '~', '\n', 'a', '\ud800', ' '],
  ],
  ['byte ranges', (text) => byteRange(text, 1000), ['bytes=', '1', '-', ',', ' ']],
  ['secrets of webhooks', webhookKey, ['whsec_', 'a', '=', '+', '/', ' ']],
]

test.each(GRAMMARS)('%s are read in linear time', (_name, read, pieces) => {
  expectLinearTime(read, pieces)
})

test('expectLinearTime() fails where a grammar goes back', () => {
  expect(() => expectLinearTime((text) => /^a*a*b$/.test(text), ['a'])).toThrow(/Property failed/)
})
