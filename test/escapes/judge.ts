// Says of the facts of one run what they mean. Pure, so that one table of tests shows every rule.
import type { Attack } from './cases.ts'
import { categoryOf } from './categories.ts'
import { CHECKS, CHECKS_OF_A_LAYER, CHECKS_OF_TIME, type CheckName, limitKind } from './checks.ts'
import { attackOf, type Facts } from './facts.ts'

export interface Finding {
  readonly level: 'breach' | 'hardening'
  readonly reason: string
  /** A busy machine can be the cause: worth asking a second time. */
  readonly timed: boolean
}

/** What the target under test promises. */
export interface Wall {
  /** What the program says of itself counts: where it may do things inside the wall, it does not. */
  readonly claims: boolean
  /** Processes may be started, as long as they stay inside. */
  readonly ownChildren: boolean
  /** Time, memory, output and the next execution are part of the promise. */
  readonly limits: boolean
  /** The worker shares no namespace with the host. */
  readonly namespaces: boolean
  /** What is open in a layer inside the process counts. */
  readonly layers: boolean
}

/** Gives nothing when the attack was contained. */
export function judge(attack: Attack, facts: Facts, wall: Wall): Finding[] {
  const reasons = [...effectsOnHost(facts, wall), ...(wall.limits ? effectsOnNext(facts) : [])]
  const findings: Finding[] = reasons.map((reason) => ({ level: 'breach', reason, timed: false }))
  for (const name of checksOf(attack, wall)) {
    const reason = CHECKS[name](facts)
    const layer = attack.level === 'hardening' && CHECKS_OF_A_LAYER.includes(name)
    const timed = CHECKS_OF_TIME.includes(name)
    if (reason !== null) findings.push({ level: layer ? 'hardening' : 'breach', reason, timed })
  }
  if (facts.lost === '') findings.push(...(wall.claims ? claims(attack, facts) : claimsOnWall(facts)))
  return findings.filter(({ level }) => wall.layers || level === 'breach')
}

/** What must not be, whatever the attack is about. */
function effectsOnHost(facts: Facts, { ownChildren, namespaces }: Wall): string[] {
  const { seen, damage, leaked, polluted, lost, childrenLeft, workersLeft } = facts
  const shared = namespaces ? seen.sharedNamespaces : []
  return [
    ...damage,
    leaked && 'a secret of the host came out',
    lost !== '' && lost,
    polluted && 'prototypes of the host were changed',
    !ownChildren && seen.children.length > 0 && `started ${seen.children.join(', ')}`,
    childrenLeft.length > 0 && `left ${childrenLeft.join(', ')} running`,
    workersLeft > 0 && 'the worker outlived its run',
    shared.length > 0 && `worker shares the namespaces ${shared.join(', ')}`,
  ].filter((reason) => typeof reason === 'string')
}

/** What it did to the next caller, and to the promise that a run ends once, with a result. */
function effectsOnNext({ steps, lost }: Facts): string[] {
  if (lost !== '') return []
  return steps.flatMap(({ role, outcome }) => {
    if (outcome.thrown !== '') return [`host threw in step "${role}": ${outcome.thrown}`]
    if (outcome.finished !== 1) return [`step "${role}" ended ${outcome.finished} times`]
    if (role === 'next' && outcome.result?.result !== 42) return ['the next execution did not work']
    return []
  })
}

/** What the program itself says. One that can see whether it has won must say so, unless a limit ended it. */
function claims({ verdict }: Attack, facts: Facts): Finding[] {
  const { result } = attackOf(facts)
  const lines = linesOf(facts)
  const findings = claimsOnWall(facts)
  for (const line of lines) {
    if (line.startsWith('BREACH-HARDENING ')) findings.push(finding('hardening', line.slice(17)))
    if (line.startsWith('BREACH ')) findings.push(finding('breach', line.slice(7)))
  }
  const spoke = findings.length > 0 || lines.some((line) => line.startsWith('CONTAINED '))
  if (spoke || verdict === 'harness' || result === null || limitKind(result)) return findings
  return [finding('breach', `no verdict: ${result.error?.message ?? 'the program said nothing'}`)]
}

/** What no wall may let a program do, wherever it is. */
function claimsOnWall(facts: Facts): Finding[] {
  return linesOf(facts)
    .filter((line) => line.startsWith('BREACH-WALL '))
    .map((line) => finding('breach', line.slice(12)))
}

function linesOf(facts: Facts): string[] {
  const { result, raw } = attackOf(facts)
  return `${result?.stdout ?? ''}\n${raw}`.split('\n')
}

function finding(level: Finding['level'], reason: string): Finding {
  return { level, reason: reason.slice(0, 200), timed: false }
}

function checksOf({ category, checks }: Attack, { limits }: Wall): CheckName[] {
  const all = [...categoryOf(category).checks, ...checks]
  return limits ? all : all.filter((name) => ['no-trace', 'disk', 'shared-memory'].includes(name))
}
