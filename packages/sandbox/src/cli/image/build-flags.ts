/** What the flags of `image build` say. */
export interface BuildFlags {
  readonly name: string
  readonly packages: readonly string[]
  readonly wheels?: string
  readonly index?: string
  readonly offline?: true
  readonly warm?: string
  readonly json?: true
}
