import type { ParsedFields } from '../../../schemas/event.js'
import type { Action, Phase } from '../../../schemas/vocabulary.js'
import { addSource, addUpstream } from '../access-line.js'
import { accept, defineFormat } from '../format.js'
import { readNetworkError } from '../network-error.js'
import { readTime } from '../time.js'

/**
 * stunnel's log, with its own time or behind a syslog header. The number in brackets counts connections from each start on, so it names none for good.
 * Source: stunnel(8), TIMEOUTbusy, TIMEOUTclose, TIMEOUTconnect, TIMEOUTidle; src/client.c, src/network.c, src/log.c.
 */
const LINE =
  /^(?:(?<at>\d{4}\.\d{2}\.\d{2} \d{2}:\d{2}:\d{2}) )?LOG(?<level>[0-7])\[(?<id>[\w:]{1,40})\]: (?<text>.{1,4000})$/s
const LEVELS = ['emerg', 'alert', 'crit', 'err', 'warning', 'notice', 'info', 'debug']

export const stunnel = defineFormat({
  id: 'stunnel',
  title: 'stunnel',
  source: 'stunnel(8); src/client.c, src/network.c',
  detect: (text) => (LINE.test(text) ? 1 : 0),
  parse: (text, header) => {
    const g = LINE.exec(text)?.groups
    if (!g) return undefined
    const when = g.at === undefined ? undefined : readTime(g.at)
    if (!when && !header.time) return undefined
    const said = g.text ?? ''
    const fields: ParsedFields = { 'log.level': LEVELS[Number(g.level)] ?? '' }
    const service = /^Service \[([^\]]{1,128})\]/.exec(said)?.[1]
    if (service !== undefined) fields['service.name'] = service
    const from = /(?:accepted connection|connected remote server) from ([0-9a-fA-F.:[\]]{4,60})/.exec(said)?.[1]
    if (from !== undefined) addSource(fields, from)
    addUpstream(
      fields,
      /^s_connect: (?:connect(?:ing|ed)?|s_poll_wait) ([\w.:[\]-]{3,255}?)(?::? |:?$)/.exec(said)?.[1],
    )
    const told = tell(said)
    fields['event.action'] = told.action
    if (told.phase) fields['whytimeout.phase'] = told.phase
    if (told.ok) fields['event.outcome'] = 'success'
    else if (!/^(?:other|program-|session-|connect-started|config-)/.test(told.action)) {
      fields['event.outcome'] = 'failure'
      fields['error.message'] = said.slice(0, 300)
    }
    // Two that give up in the same second are two.
    if (/^\d+$/.test(g.id ?? '')) fields['whytimeout.extra'] = { connection: g.id as string }
    if (told.code !== undefined) fields['error.code'] = told.code
    fields.message = said
    return accept(fields, when?.time)
  },
})

type Told = { readonly action: Action; readonly phase?: Phase; readonly code?: string; readonly ok?: boolean }

function tell(text: string): Told {
  const limit = /TIMEOUT(connect|busy|idle|close) exceeded/.exec(text)?.[1]
  if (limit === 'connect') return { action: 'connect-timeout', phase: 'connect' }
  // TIMEOUTbusy waits for data that is expected: of the handshake, or of the answer.
  if (limit === 'busy')
    return /^(?:ssl_start|SSL_(?:connect|accept)|init_ssl)/.test(text)
      ? { action: 'tls-timeout', phase: 'tls' }
      : { action: 'response-timeout', phase: 'response' }
  if (limit === 'idle') return { action: 'idle-timeout', phase: 'idle' }
  if (limit === 'close') return { action: 'session-ended' }
  if (/^Service \[[^\]]{1,128}\] accepted connection/.test(text)) return { action: 'session-started' }
  if (/^s_connect: connecting/.test(text)) return { action: 'connect-started' }
  if (/^s_connect: connected/.test(text)) return { action: 'connect-succeeded', ok: true }
  if (/^Connection closed: \d/.test(text)) return { action: 'session-ended', ok: true }
  // The line behind an error that its own line has told.
  if (/^Connection reset: \d/.test(text)) return { action: 'connection-closed' }
  if (/^Configuration successful/.test(text)) return { action: 'program-started' }
  if (/^(?:Terminated|Received SIG(?:TERM|INT|QUIT))/.test(text)) return { action: 'program-stopped' }
  if (/^(?:Received SIGHUP|Service .{0,80} reloaded)/.test(text)) return { action: 'config-changed' }
  if (/rejected by FAILED|max(?:imum)? (?:number of )?clients|too many clients/i.test(text))
    return { action: 'overload' }
  if (
    /^SSL_(?:connect|accept): .{0,200}(?:error:|Peer suddenly disconnected)|certificate verify failed|CERT: .{0,80}(?:error|failed)/i.test(
      text,
    )
  )
    return { action: 'tls-failed', phase: 'tls' }
  if (/^(?:Read|Write) socket closed|^TLS closed|^No more addresses/.test(text)) return { action: 'other' }
  const error = readNetworkError(text)
  if (!error) return { action: 'other' }
  return {
    action: error.action,
    ...(error.phase && { phase: error.phase }),
    ...(error.errorCode !== undefined && { code: error.errorCode }),
  }
}
