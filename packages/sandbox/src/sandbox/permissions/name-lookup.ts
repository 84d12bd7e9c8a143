import { lookup, Resolver } from 'node:dns/promises'
import { readFile } from 'node:fs/promises'
import { isIP } from 'node:net'
import { codeOf } from 'agentchat-sandbox-base/disk/error-code'

/** How a name is looked up. */
export interface LookupOptions {
  readonly signal?: AbortSignal | undefined
  /** The owner of this machine named the host: it may also be found in ways that take a thread for long. */
  readonly named: boolean
  /** Instead of those of the system. */
  readonly servers?: readonly string[] | undefined
}

/** Asks for the addresses of a name; rejects when there are none, or the signal is aborted. */
export type NameLookup = (name: string, options: LookupOptions) => Promise<readonly string[]>

const TIMEOUT_MS = 2000
const TRIES = 2
const HOSTS_FILE = process.platform === 'win32' ? 'C:\\Windows\\System32\\drivers\\etc\\hosts' : '/etc/hosts'
const MAX_HOSTS_CHARS = 2 ** 20

/**
 * Looks a name up in the hosts file, then with the name servers, without a thread: the system's own function has few of
 * them, for everybody, and a silent name server keeps one for 10 s and more. Only a host that the owner named is looked
 * up with that one too, which knows search domains and other sources of names.
 */
export const lookUpName: NameLookup = async (name, { signal, named, servers }) => {
  signal?.throwIfAborted()
  const listed = addressesInHosts(await readHosts(), name)
  if (listed.length > 0) return listed
  try {
    return await askServers(name, { signal, servers })
  } catch (error) {
    signal?.throwIfAborted()
    if (!(named ? LEADS_ON : NO_SERVER).has(codeOf(error))) throw error
    return await untilAborted(systemLookup(name), signal)
  }
}

const NO_SERVER = new Set(['ECONNREFUSED'])
/** The name servers have answered, or there are none. */
const LEADS_ON = new Set([...NO_SERVER, 'ENOTFOUND', 'ENODATA', 'EBADNAME', 'EREFUSED', 'ESERVFAIL'])

async function askServers(
  name: string,
  { signal, servers }: Pick<LookupOptions, 'signal' | 'servers'>,
): Promise<readonly string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES })
  if (servers !== undefined) resolver.setServers(servers)
  const cancel = () => resolver.cancel()
  signal?.addEventListener('abort', cancel)
  try {
    signal?.throwIfAborted()
    const six = resolver.resolve6(name)
    six.catch(() => {})
    // One is enough, and not every machine has a way to IPv6.
    const four = await resolver.resolve4(name).catch((error: unknown) => {
      if (codeOf(error) === 'ENODATA') return []
      throw error
    })
    return four.length > 0 ? four : await six
  } finally {
    signal?.removeEventListener('abort', cancel)
    resolver.cancel()
  }
}

async function systemLookup(name: string): Promise<readonly string[]> {
  return (await lookup(name, { all: true })).map(({ address }) => address)
}

async function untilAborted<Value>(work: Promise<Value>, signal: AbortSignal | undefined): Promise<Value> {
  if (signal === undefined) return await work
  let stop = () => {}
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason)
    signal.addEventListener('abort', stop)
    if (signal.aborted) stop()
  })
  return await Promise.race([work, aborted]).finally(() => signal.removeEventListener('abort', stop))
}

async function readHosts(): Promise<string> {
  return (await readFile(HOSTS_FILE, 'utf8').catch(() => '')).slice(0, MAX_HOSTS_CHARS)
}

/** The addresses that a hosts file (hosts(5)) gives a name, IPv4 first. */
export function addressesInHosts(text: string, name: string): readonly string[] {
  const wanted = name.toLowerCase()
  const found = text.split('\n').flatMap((line) => {
    const [address = '', ...names] = (line.split('#', 1)[0] ?? '').trim().split(/\s+/)
    return isIP(address) !== 0 && names.some((each) => each.toLowerCase() === wanted) ? [address] : []
  })
  return found.sort((one, other) => isIP(one) - isIP(other))
}
