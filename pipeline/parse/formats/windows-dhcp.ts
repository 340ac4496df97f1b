import type { ParsedFields } from '../../../schemas/event.js'
import { splitCsv } from '../csv.js'
import { address, macOf } from '../flow.js'
import { accept, acceptAll, defineFormat } from '../format.js'
import { readTime } from '../time.js'

/**
 * Windows DHCP server's audit log (`DhcpSrvLog-Tue.log`): id, date and time of the server's zone, words, address, host name, hardware address.
 * Source: Microsoft Learn, "Analyze DHCP server log files", with the ids that the file's own head lists.
 */
const ROW = /^\d{2,5},\d{2}\/\d{2}\/\d{2,4},\d{2}:\d{2}:\d{2},[^,\n]{0,200},/
/** What the file says of itself before its first row. */
const HEAD = /^\s{0,8}Microsoft DHCP(?:v6)? Service Activity Log/

const failed = { 'event.outcome': 'failure' } as const
const GIVEN: ParsedFields = { 'event.action': 'address-assigned', 'event.outcome': 'success' }
const REFUSED: ParsedFields = { 'event.action': 'dhcp-no-answer', ...failed }
const OTHER: ParsedFields = { 'event.action': 'other' }
const STOPPED: ParsedFields = { 'event.action': 'server-down', ...failed }
const MEANINGS: Readonly<Record<string, ParsedFields>> = {
  '00': { 'event.action': 'program-started' },
  '01': { 'event.action': 'program-stopped' },
  '10': GIVEN,
  '11': GIVEN,
  '13': { 'event.action': 'address-conflict', ...failed },
  '14': REFUSED,
  '15': { 'event.action': 'address-lost', ...failed },
  '20': GIVEN,
  '21': GIVEN,
  '22': REFUSED,
  '31': { ...OTHER, ...failed },
  // A packet that was dropped: by a policy, or because the partner of a failover pair serves that client.
  '33': REFUSED,
  '54': STOPPED,
  '56': STOPPED,
}

export const windowsDhcp = defineFormat({
  id: 'windows-dhcp',
  title: 'Windows DHCP server audit log',
  source: 'Microsoft Learn, Analyze DHCP server log files',
  block: { starts: ROW },
  detect: (text) => (ROW.test(text) || HEAD.test(text) ? 1 : 0),
  parse: (text) => {
    if (HEAD.test(text)) return acceptAll([])
    if (!ROW.test(text)) return undefined
    const [id = '', date = '', clock = '', said = '', ip, host, mac] = splitCsv(text.split('\n', 1)[0] as string, 24)
    const time = readTime(`${date} ${clock}`)?.time
    const fields: ParsedFields = { ...(MEANINGS[id] ?? OTHER) }
    fields['event.category'] = ['network']
    fields['network.protocol'] = 'dhcp'
    fields['event.code'] = id
    if (said !== '') fields['event.reason'] = said.slice(0, 200)
    const [given, own] = [address(ip), macOf(mac)]
    // Of a full scope the network's address is told.
    if (given !== undefined && fields['event.action'] !== 'dhcp-no-answer') fields['whytimeout.address'] = given
    if (own !== undefined) fields['source.mac'] = own
    if (host !== undefined && host !== '' && (given ?? own) !== undefined)
      fields['whytimeout.extra'] = { client: host.slice(0, 256) }
    fields.message = `${said} ${[ip, host].filter((v) => v !== undefined && v !== '').join(' ')}`.trim()
    return accept(fields, time)
  },
})
