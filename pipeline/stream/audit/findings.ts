import type { AuditFinding, AuditState } from '../../../schemas/audit.js'
import type { Bilingual } from '../../../schemas/rule.js'

export type Place = {
  readonly topic: string
  /** -1: the topic as a whole. */
  readonly partition: number
  readonly from?: bigint
  readonly to?: bigint
}
/** Takes late events in. */
export const lateCommand = (events: string, config: string): string =>
  `whytimeout replay kafka:${events} --late --store --config ${config}`

export const say = (en: string, zh: string): Bilingual => ({ en, zh })

export function finding(
  code: string,
  state: AuditState,
  { topic, partition, from, to }: Place,
  what: Bilingual,
  todo?: Bilingual,
): AuditFinding {
  return {
    code,
    state,
    topic,
    partition,
    ...(from !== undefined && { from: Number(from) }),
    ...(to !== undefined && { to: Number(to) }),
    what,
    ...(todo && { todo }),
  }
}
