import type { FactName } from '../../../schemas/facts.js'
import type { Facts, Scene } from './fact.js'

/**
 * How far a terminal's request came, by the logs that hold it and those that would and do not: `before-gateway`, `behind-gateway` (the gateway
 * sent it on, the server has no line of it), `server` (received, not answered), `answer-behind-gateway` (answered, the gateway waited in vain) or
 * `answer-before-gateway` (the gateway had the answer, the terminal did not).
 * Put together from facts of the gateway and the server.
 */
export function joinFacts({ episode: e, put }: Scene, facts: Facts): void {
  const is = (name: FactName): boolean | undefined => facts.get(name)?.value as boolean | undefined
  const waited = e.sufferer === 'gateway' || is('gateway.own_timed_out') === true || is('gateway.left_waiting') === true
  const stop = (place: string, ...from: FactName[]) => {
    const ids = [...new Set(from.flatMap((name) => facts.get(name)?.ids ?? []))].map((id) => ({ id }))
    put('join.stopped', place, ids)
  }
  if (e.sufferer === 'terminal' && is('gateway.saw_attempt') === false && is('server.saw_request') !== true)
    stop('before-gateway', 'gateway.saw_attempt')
  else if (is('server.saw_request') === true && is('server.answered_request') === false)
    stop('server', 'server.saw_request', 'server.answered_request')
  else if (is('server.answered_request') === true && waited)
    stop('answer-behind-gateway', 'server.answered_request', 'gateway.own_timed_out', 'gateway.left_waiting')
  else if (is('server.saw_request') === false && waited)
    stop('behind-gateway', 'server.saw_request', 'gateway.own_timed_out', 'gateway.left_waiting')
  else if (e.sufferer === 'terminal' && is('gateway.answered') === true)
    stop('answer-before-gateway', 'gateway.answered')
}
