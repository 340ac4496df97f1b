import type { Mechanism, RuleTest } from '../../schemas/rule.js'
import { type Finding, lintRules } from '../match/lint.js'
import type { Pack } from '../match/pack.js'
import { tellStory } from './story.js'

/** Runs every rule's inline tests against all rules, so that a new rule cannot quietly take another's verdict. */
export function testRules(pack: Pack): { readonly passed: number; readonly failed: readonly Finding[] } {
  let passed = 0
  const failed: Finding[] = []
  for (const { source } of pack.mechanisms) {
    for (const test of source.tests) {
      const message = testFailure(pack, source, test)
      if (message === undefined) passed++
      else failed.push({ place: `${source.cause}/${source.id}.yml`, message: `"${test.name}": ${message}` })
    }
  }
  return { passed, failed }
}

/** Why a test of a rule fails; undefined where it holds. */
export function testFailure(pack: Pack, rule: Mechanism, test: RuleTest): string | undefined {
  let result: ReturnType<typeof tellStory>
  try {
    result = tellStory(pack, test)
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
  const { verdicts, signals } = result
  const { expect } = test
  const first = verdicts[0]
  if (expect.timeouts !== undefined && verdicts.length !== expect.timeouts)
    return `expected ${expect.timeouts} timeouts, got ${verdicts.length}`
  if (expect.timeouts === 0) return undefined
  if (!first) return 'no timeout was seen'
  const got = first.whytimeout.verdict
  const why = first.whytimeout.detail.considered
    .slice(0, 2)
    .map((c) => `${c.mechanism} ${c.bits.toFixed(1)} (${c.signals.map((s) => `${s.signal} ${s.bits}`).join(', ')})`)
    .join('; ')
  if (expect.mechanism !== undefined && got.mechanism !== expect.mechanism)
    return `expected ${expect.mechanism}, got ${got.mechanism} at ${got.confidence} [${why}]`
  if (expect.cause !== undefined && got.cause !== expect.cause)
    return `expected ${expect.cause}, got ${got.cause} at ${got.confidence} [${why}]`
  if (expect.not_mechanism !== undefined && got.mechanism === expect.not_mechanism)
    return `expected anything but ${expect.not_mechanism} [${why}]`
  if (expect.phase !== undefined && first.whytimeout.episode.phase !== expect.phase)
    return `expected phase ${expect.phase}, got ${first.whytimeout.episode.phase}`
  for (const s of expect.signals ?? [])
    if (!signals.has(`${rule.id}/${s}`))
      return `signal ${s} was not seen; seen: ${[...signals].filter((x) => x.startsWith(`${rule.id}/`)).join(', ') || 'none'}`
  for (const s of expect.not_signals ?? []) if (signals.has(`${rule.id}/${s}`)) return `signal ${s} was seen`
  return undefined
}

/** What is wrong with a pack that loads: a digest that no longer fits, shared signals nobody uses, tests that are missing, and what `lintRules` finds. */
export function lintPack(pack: Pack): Finding[] {
  const findings: Finding[] = []
  if (pack.rulesDigest !== pack.statedDigest)
    findings.push({
      place: 'pack.yml',
      message: `digest is ${pack.rulesDigest}: write it down and raise the generation (now ${pack.generation})`,
    })
  const used = new Set(pack.mechanisms.flatMap((m) => m.signals.map((s) => s.condition.id)))
  for (const c of pack.conditions)
    if (c.description && !used.has(c.id))
      findings.push({ place: 'signals/', message: `shared signal "${c.id}" is used by no mechanism` })
  for (const { source, signals } of pack.mechanisms) {
    const place = `${source.cause}/${source.id}.yml`
    const isPositive = (t: RuleTest) => t.expect.mechanism === source.id
    if (!source.tests.some(isPositive)) findings.push({ place, message: 'no test in which it wins' })
    if (source.tests.every(isPositive))
      findings.push({ place, message: 'no near miss: a test in which something else wins' })
    for (const note of [...source.blind_spots, ...source.false_positives]) {
      const text = typeof note === 'string' ? note : note.en
      if (/^[a-z]/.test(text))
        findings.push({ place, message: `"${text}" begins in the middle: quote the sentence, a comma has split it` })
    }
    for (const [a, b] of pairsOf(signals.filter((s) => s.group === undefined))) {
      if (a.condition.id === b.condition.id && a.bind.join() === b.bind.join() && a.bits > 0 && b.bits > 0)
        findings.push({
          place,
          message: `signals ${a.name} and ${b.name} count the same thing twice; give them a group`,
        })
    }
  }
  return [...findings, ...lintRules(pack)]
}

function* pairsOf<T>(list: readonly T[]): Generator<[T, T]> {
  for (let i = 0; i < list.length; i++) for (let j = i + 1; j < list.length; j++) yield [list[i] as T, list[j] as T]
}

/** Signals of a mechanism that none of its own tests shows. */
export function untestedSignals(pack: Pack): Finding[] {
  return pack.mechanisms.flatMap(({ source, signals }) => {
    const seen = new Set(
      source.tests.flatMap((t) => {
        try {
          return [...tellStory(pack, t).signals]
        } catch {
          return []
        }
      }),
    )
    const missing = signals.filter((s) => s.bits > 0 && !seen.has(`${source.id}/${s.name}`))
    return missing.length === 0
      ? []
      : [
          {
            place: `${source.cause}/${source.id}.yml`,
            message: `no test shows ${missing.map((s) => s.name).join(', ')}`,
          },
        ]
  })
}
