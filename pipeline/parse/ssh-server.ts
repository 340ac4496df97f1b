import type { ParsedFields } from '../../schemas/event.js'

/**
 * A server of which every address is somebody who came (`Connection closed by …`, `Timeout before authentication for …`), but for what it
 * dials itself to forward a port. Source: OpenSSH packet.c, auth.c, sshd.c; channels.c for the other.
 */
const SSHD = /^sshd(?:-session|-auth)?$/
const SSHD_DIALS = /\bconnect_to\b|\bopen failed\b|\bforward/

/** What sshd calls the other end is who came to it. */
export function turnSshClient(fields: ParsedFields, program: string | undefined, message: string): void {
  if (!SSHD.test(program ?? '') || SSHD_DIALS.test(message)) return
  if (fields['source.ip'] !== undefined || fields['destination.ip'] === undefined) return
  fields['source.ip'] = fields['destination.ip']
  if (fields['destination.port'] !== undefined) fields['source.port'] = fields['destination.port']
  delete fields['destination.ip']
  delete fields['destination.port']
  delete fields['destination.domain']
}
