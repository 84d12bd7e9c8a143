/** What the flags of `serve` say. */
export interface ServeFlags {
  readonly host?: string
  readonly port?: string
  readonly dataDir?: string
  readonly logLevel?: string
  readonly image?: string
  readonly nats?: string
  readonly printConfig?: true
  readonly rotateKey?: true
}
