import { boolean, type FactMeta, number } from './meta.js'

/** The gateway, and the server behind it. */
export const HOP_FACTS = {
  // --- what the gateway's own log shows of the moments
  'gateway.logged': boolean("The gateway's log covers the moments (it has lines before and after)."),
  'gateway.saw_attempt': boolean(
    "The gateway's log has a session of this attempt (by terminal, port, or site and time). Absent without such a log.",
  ),
  'gateway.answered': boolean('The gateway or its upstream finished that session normally.'),
  'gateway.own_timed_out': boolean("That session ended with the gateway's own time-out towards its upstream."),
  'gateway.waited_for_client': boolean(
    'The gateway took the connection of that session and waited in vain for the next message of its handshake.',
  ),
  'gateway.left_waiting': boolean(
    'The gateway had the request of that session and nothing of an answer from its upstream when the other side gave up, though the wait was three times the usual one.',
  ),
  'gateway.upstream_timeouts': number('Time-outs of the gateway towards its upstream in the moments.'),
  'gateway.one_upstream_silent': boolean(
    'Of several servers behind the gateway the one that this attempt was given to answers nobody for some minutes, and the others answer.',
  ),
  'gateway.new_upstream_silent': boolean(
    'What the gateway calls for this attempt it had not called before in the window, and it never answered; those it called until then answered (five sessions at least), none of them in vain shortly before.',
  ),
  'gateway.upstream_ok': number('Sessions in the moments in which its upstream answered.'),
  'gateway.upstream_down': boolean(
    'A health check or "no server" line says that the upstream was down in the moments.',
  ),
  'gateway.silent': boolean(
    "The gateway's log, busy before, holds no session that began in the moments, and goes on later.",
  ),
  'gateway.slow_connect': boolean('Sessions of the moments show connect times to the upstream of over a second.'),
  'gateway.queued': boolean(
    "The session of this attempt stood in the gateway's queue for a place at the upstream for most of its time; false where it did not.",
  ),
  'gateway.slow_self': boolean(
    'Sessions of the moments took over a second in the gateway itself or to an upstream that usually answers in a tenth of it, without time-outs towards the upstream.',
  ),

  'gateway.stopped': boolean(
    "The gateway's program had stopped when the attempt began, and neither started nor served anybody since; false where it had, and was back.",
  ),
  'gateway.limit_over_usual': number(
    'The limit that ran out at the gateway, divided by the median of what went well through it at other times.',
  ),
  'gateway.limit_lowered': boolean(
    "The gateway's program was set to less than half of its limit for answers before the attempt.",
  ),

  // --- the server behind the gateway
  'server.logged': boolean("The upstream server's log covers the window."),
  'server.saw_request': boolean('The server logged the request of this STAN and terminal.'),
  'server.answered_request': boolean('The server logged an answer to it.'),
  'server.answer_ms': number('How long the server took for it.', 'ms'),
  'server.took_up_late': boolean('It took the request up a second or more after the attempt had begun.'),
  'server.answer_over_usual': number(
    'That, over the middle of what its answers took in five minutes before anybody waited in vain (four at least).',
    'ratio',
  ),
  'server.silent': boolean("The server's log, busy before, is silent in the moments, and goes on later or ends."),
  'server.burst_after': boolean('Right after the silence it logs a backlog at once: it was frozen, or cut off.'),
  'server.starts': number(
    'How often one server behind the gateway started in the ten minutes before and two after; lines within 15 s are of one start.',
  ),
  'server.restarted': boolean('It logged a start of its program in the window.'),
} as const satisfies Record<string, FactMeta>
