import { patternRule, type ShapeRule } from './shape-rule.ts'

/** What people write where a password would stand. */
const PLACEHOLDER =
  /^(?:pass(?:w(?:or)?d)?|passphrase|secret|token|user(?:name)?|example|changeme|redacted|masked|x{2,40}|\*{1,40}|\.{2,40}|<.{0,80}|\[.{0,80}|\$.{0,80}|\{.{0,80}|%.{0,80}|your.{0,80})$/i

/** A token with a prefix of its own: that, then so many of these letters, and none after them. */
function token(
  name: string,
  hint: string,
  letters: string,
  [min, max]: readonly [number, number],
): ShapeRule {
  const start = hint.replace(/[.:_-]/g, '\\$&')
  const pattern = new RegExp(`(?<![\\w-])${start}${letters}{${min},${max}}(?!${letters})`, 'g')
  return patternRule({ name, hints: [hint], reach: hint.length + max, pattern })
}

const WORD = '[\\w-]'
const LETTER = '[A-Za-z0-9]'
const HEX = '[0-9a-f]'

/** Tokens of vendors, by the prefixes that they document, as far as secretlint has no rule for them. */
const TOKENS: readonly ShapeRule[] = [
  ...['sk-proj-', 'sk-svcacct-', 'sk-admin-'].map((hint) => token('openai', hint, WORD, [40, 220])),
  ...['sk-ant-api', 'sk-ant-admin', 'sk-ant-oat', 'sk-ant-sid'].map((hint) =>
    token('anthropic', hint, WORD, [60, 160]),
  ),
  token('openai', 'sk-', LETTER, [48, 48]),
  token('openrouter', 'sk-or-v1-', HEX, [64, 64]),
  token('deepseek', 'sk-', HEX, [32, 32]),
  token('xai', 'xai-', LETTER, [70, 100]),
  token('huggingface', 'hf_', LETTER, [34, 40]),
  token('replicate', 'r8_', LETTER, [37, 40]),
  token('perplexity', 'pplx-', LETTER, [48, 60]),
  token('google', 'AIza', WORD, [35, 35]),
  token('google', 'GOCSPX-', WORD, [28, 28]),
  token('google', 'ya29.', WORD, [30, 500]),
  ...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_'].map((hint) => token('stripe', hint, LETTER, [20, 250])),
  token('stripe', 'whsec_', LETTER, [32, 64]),
  ...['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_'].map((hint) => token('github', hint, LETTER, [36, 255])),
  ...['glrt-', 'gldt-', 'glft-', 'glcbt-', 'gloas-'].map((hint) => token('gitlab', hint, WORD, [20, 128])),
  token('pypi', 'pypi-AgEI', WORD, [50, 1000]),
  ...['dop_v1_', 'doo_v1_', 'dor_v1_'].map((hint) => token('digitalocean', hint, HEX, [64, 64])),
  token('doppler', 'dp.pt.', LETTER, [40, 44]),
  token('postman', 'PMAK-', WORD, [59, 59]),
  token('new-relic', 'NRAK-', '[A-Z0-9]', [27, 27]),
  token('supabase', 'sbp_', HEX, [40, 40]),
  token('atlassian', 'ATATT3', '[\\w=-]', [150, 250]),
  token('twilio', 'SK', HEX, [32, 32]),
  token('mailgun', 'key-', HEX, [32, 32]),
  token('age', 'AGE-SECRET-KEY-1', '[A-Z0-9]', [58, 58]),
]

/** What is secret by its form, whatever service issued it. */
const FORMS: readonly ShapeRule[] = [
  patternRule({
    name: 'jwt',
    hints: ['eyJ'],
    reach: 9100,
    pattern: /(?<![\w-])eyJ[\w-]{10,4000}\.eyJ[\w-]{10,4000}\.[\w-]{10,1000}/g,
  }),
  patternRule({
    name: 'aws-access-key',
    hints: ['AKIA', 'ASIA'],
    reach: 20,
    pattern: /(?<![A-Za-z0-9/+])(?:AKIA|ASIA)[A-Z2-7]{16}(?![A-Za-z0-9/+])/g,
    isMeant: (found) => !found.endsWith('EXAMPLE'),
  }),
  patternRule({
    name: 'aws-secret-key',
    hints: ['ecret', 'ECRET'],
    reach: 90,
    pattern:
      /(?:secret_?access_?key|secretaccesskey)["']?[ \t]{0,8}(?:[:=]|=>)[ \t]{0,8}["']?(?<secret>[A-Za-z0-9/+]{40})(?![A-Za-z0-9/+=])/gi,
    isMeant: (found) => !found.includes('EXAMPLE'),
  }),
  patternRule({
    name: 'azure-key',
    hints: ['AccountKey=', 'SharedAccessKey='],
    reach: 110,
    pattern: /(?:Account|SharedAccess)Key=(?<secret>[A-Za-z0-9+/]{40,86}={1,2})/g,
  }),
  patternRule({
    name: 'telegram',
    hints: [':AA'],
    reach: 60,
    pattern: /(?<=(?<!\d)\d{8,10}):AA[\w-]{33}(?![\w-])/g,
  }),
  patternRule({
    name: 'connection-string',
    hints: ['://'],
    reach: 520,
    pattern: /:\/\/[^\s:@/'"<>]{0,100}:(?<secret>[^\s@/'"<>]{3,200})@[A-Za-z0-9[]/g,
    isMeant: (found) => !PLACEHOLDER.test(found),
  }),
  patternRule({
    name: 'card',
    hints: ['card', 'Card', 'CARD', 'visa', 'Visa', 'VISA', 'Amex', 'amex', 'pan', 'PAN'],
    reach: 70,
    pattern:
      /(?:card|visa|amex|pan)(?:[ _-]?(?:number|num|no))?["']?[ \t]{0,4}[:=#]?[ \t]{0,4}["']?(?<secret>[3-6]\d{14,15})(?!\d)/gi,
    isMeant: hasLuhnDigit,
  }),
]

/** A card as it is printed: in groups, with the same mark between them. */
export const GROUPED_CARD = patternRule({
  name: 'card',
  hints: [],
  reach: 19,
  pattern:
    /(?<![\w.,:-])(?:[456]\d{3}(?<mark>[ -])\d{4}\k<mark>\d{4}\k<mark>\d{4}|3[47]\d\d(?<other>[ -])\d{6}\k<other>\d{5})(?![\w.,:-]?\d)/g,
  isMeant: hasLuhnDigit,
})

/** The rules of our own. */
export const OWN_RULES: readonly ShapeRule[] = [...FORMS, ...TOKENS]

/** Has this number of a card the right last digit? Everything but digits is passed over. */
function hasLuhnDigit(text: string): boolean {
  const digits = [...text].filter((each) => each >= '0' && each <= '9').map(Number)
  const sum = digits.reverse().reduce((total, digit, at) => {
    const doubled = at % 2 === 1 ? digit * 2 : digit
    return total + (doubled > 9 ? doubled - 9 : doubled)
  }, 0)
  return digits.length >= 13 && sum % 10 === 0
}
