import type { Range, ShapeRule } from './shape-rule.ts'

/** Shorter ones are no tokens: the name of an attribute, for instance. */
const MIN_CHARS = 24

/**
 * The rules of secretlint that are asked, with what each of its tokens holds, and the length of the longest. The others are
 * ours instead, or look at names of files; `filter-comments` lets the text itself say what is not to be found.
 */
const ASKED: Readonly<Record<string, { readonly hints: readonly string[]; readonly reach: number }>> = {
  npm: { hints: ['npm_'], reach: 40 },
  slack: { hints: ['xox', 'xapp-', 'hooks.slack.com'], reach: 300 },
  sendgrid: { hints: ['SG.'], reach: 390 },
  shopify: { hints: ['shppa_', 'shpca_', 'shpat_', 'shpss_'], reach: 70 },
  github: { hints: ['ghp_', 'gho_', 'ghu_', 'ghs_', 'ghr_', 'github_pat_'], reach: 94 },
  gitlab: { hints: ['glpat-'], reach: 134 },
  grafana: { hints: ['glc_', 'glsa_'], reach: 410 },
  openai: { hints: ['sk-'], reach: 190 },
  anthropic: { hints: ['sk-ant-'], reach: 150 },
  groq: { hints: ['gsk_'], reach: 56 },
  huggingface: { hints: ['hf_'], reach: 37 },
  linear: { hints: ['lin_api_'], reach: 136 },
  notion: { hints: ['ntn_'], reach: 50 },
  '1password': { hints: ['ops_ey'], reach: 1300 },
  'hashicorp-vault': { hints: ['hvs.', 'hvb.', 'hvr.'], reach: 304 },
  vercel: { hints: ['vcp_', 'vci_', 'vca_', 'vcr_', 'vck_'], reach: 64 },
  databricks: { hints: ['dapi'], reach: 38 },
  docker: { hints: ['dckr_pat_'], reach: 36 },
  figma: { hints: ['figd_'], reach: 205 },
}

/** The rules of secretlint as rules of ours. It is loaded by this call. */
export async function secretlintRules(): Promise<ShapeRule[]> {
  const { rules } = await import('@secretlint/secretlint-rule-preset-recommend')
  return rules.flatMap((creator) => {
    const name = creator.meta.id.replace('@secretlint/secretlint-rule-', '')
    const asked = Object.hasOwn(ASKED, name) ? ASKED[name] : undefined
    return asked === undefined ? [] : [{ name, ...asked, find: (text: string) => findWith(creator, text) }]
  })
}

type Creator = Awaited<typeof import('@secretlint/secretlint-rule-preset-recommend')>['rules'][number]

function findWith(creator: Creator, content: string): Range[] {
  const found: Range[] = []
  const context = {
    // Messages are read by nobody.
    createTranslator: () => () => ({ message: '', messageId: '', data: {} }),
    report: ({ range: [start, end] }: { range: readonly [number, number] }) => {
      if (end - start >= MIN_CHARS) found.push({ start, end })
    },
  }
  // Of a context and of a source its rules use no more than this.
  const rule = creator.create(context as unknown as Parameters<Creator['create']>[0], {})
  rule.file?.({ content, contentType: 'text', filePath: '', ext: '' } as Parameters<
    NonNullable<typeof rule.file>
  >[0])
  return found
}
