import { createHash, randomUUID } from 'node:crypto'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'

const CLIENT = { id: 'the-service', secret: 'a secret of the client' }

/** A provider of OpenID Connect on this machine: authorization code with PKCE, and identity tokens that are signed. */
export interface OpenIdFixture extends AsyncDisposable {
  readonly issuer: string
  readonly clientId: string
  readonly clientSecret: string
  /** What is said of whoever signs in next. */
  claims: Record<string, unknown>
  /** What goes wrong with the next identity token. */
  flaw: 'none' | 'nonce' | 'audience' | 'key'
}

interface Grant {
  readonly challenge: string
  readonly nonce: string
  readonly redirectUri: string
}

export async function startOpenIdProvider(): Promise<OpenIdFixture> {
  const [{ privateKey, publicKey }, stranger] = await Promise.all([
    generateKeyPair('RS256'),
    generateKeyPair('RS256'),
  ])
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'RS256', use: 'sig' }
  const grants = new Map<string, Grant>()
  const server = createServer((request, response) => {
    answer(request, response).catch(() => response.writeHead(500).end())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const issuer = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  const fixture: OpenIdFixture = {
    ...{ issuer, clientId: CLIENT.id, clientSecret: CLIENT.secret, claims: {}, flaw: 'none' },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', issuer)
    const json = (status: number, body: unknown) =>
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
    if (url.pathname === '/.well-known/openid-configuration') {
      json(200, {
        ...{ issuer, authorization_endpoint: `${issuer}/authorize`, token_endpoint: `${issuer}/token` },
        ...{ jwks_uri: `${issuer}/jwks`, id_token_signing_alg_values_supported: ['RS256'] },
      })
    } else if (url.pathname === '/jwks') json(200, { keys: [jwk] })
    else if (url.pathname === '/authorize') authorize(url.searchParams, response)
    else if (url.pathname === '/token') {
      let body = ''
      for await (const text of request) body += text
      const token = await tokenFor(new URLSearchParams(body), request.headers.authorization)
      if (token === null) json(400, { error: 'invalid_grant' })
      else json(200, { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: token })
    } else json(404, {})
  }

  function authorize(query: URLSearchParams, response: ServerResponse): void {
    const get = (name: string) => query.get(name) ?? ''
    if (
      get('client_id') !== CLIENT.id ||
      get('code_challenge_method') !== 'S256' ||
      get('response_type') !== 'code'
    ) {
      response.writeHead(400).end()
      return
    }
    const code = randomUUID()
    grants.set(code, {
      challenge: get('code_challenge'),
      nonce: get('nonce'),
      redirectUri: get('redirect_uri'),
    })
    const back = new URL(get('redirect_uri'))
    back.searchParams.set('code', code)
    back.searchParams.set('state', get('state'))
    back.searchParams.set('iss', issuer)
    response.writeHead(302, { location: back.href }).end()
  }

  async function tokenFor(form: URLSearchParams, authorization = ''): Promise<string | null> {
    const code = form.get('code') ?? ''
    const grant = grants.get(code)
    grants.delete(code)
    const challenge = createHash('sha256')
      .update(form.get('code_verifier') ?? '')
      .digest('base64url')
    const basic = Buffer.from(authorization.replace(/^Basic /, ''), 'base64').toString()
    const secret = form.get('client_secret') ?? decodeURIComponent(basic.slice(basic.indexOf(':') + 1))
    const known = secret === CLIENT.secret && form.get('redirect_uri') === grant?.redirectUri
    if (grant === undefined || grant.challenge !== challenge || !known) return null
    const { flaw } = fixture
    return await new SignJWT({ ...fixture.claims, nonce: flaw === 'nonce' ? 'another' : grant.nonce })
      .setProtectedHeader({ alg: 'RS256', kid: 'one' })
      .setIssuer(issuer)
      .setAudience(flaw === 'audience' ? 'another client' : CLIENT.id)
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(flaw === 'key' ? stranger.privateKey : privateKey)
  }
  return fixture
}
