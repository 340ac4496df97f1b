import { type End, flowFields } from '../flow.js'
import { accept, defineFormat, keepingLast } from '../format.js'
import { keyValues } from '../key-values.js'
import { readTime } from '../time.js'

/**
 * SonicWall firewalls in their own syslog form: keys, ends as `address:port:interface[:name]`.
 * Source: SonicOS Log Events Reference Guide, "Syslog tags"; event ids 36, 37, 41 (dropped packets), 97, 98, 537, 1154.
 */
const HEAD = /^(?:<\d{1,3}>)?\s{0,2}id=[\w-]{1,40} sn=[0-9A-Fa-f]{6,20} time="/
const DROPPED = new Set(['36', '37', '38', '41', '173', '174', '522', '524', '646', '708', '714', '1235'])

const read = keepingLast((text) => (HEAD.test(text) ? keyValues(text) : undefined))
/** `192.168.1.20:43210:X0:till-7` */
const END = /^\[?([0-9a-fA-F.]{7,15}|[0-9a-fA-F:]{2,45}?)\]?(?::(\d{1,5}))?(?::([\w.-]{1,32}))?(?::[^:]{0,255})?$/

export const sonicwall = defineFormat({
  id: 'sonicwall',
  title: 'SonicWall',
  source: 'SonicOS Log Events Reference Guide, Syslog tags',
  block: { starts: HEAD },
  detect: (text, header) => (read(text, header) ? 1 : 0),
  parse: (text, header) => {
    const keys = read(text, header)
    if (!keys) return undefined
    const time = readTime((keys.get('time') ?? '').replace(/ UTC$/, 'Z'))?.time
    if (!time && !header.time) return undefined
    const [from, to] = [END.exec(keys.get('src') ?? ''), END.exec(keys.get('dst') ?? '')]
    const [natFrom, natTo] = [END.exec(keys.get('natSrc') ?? ''), END.exec(keys.get('natDst') ?? '')]
    const [said = '', id = ''] = [keys.get('msg'), keys.get('m')]
    const end: End =
      DROPPED.has(id) || /drop|den(?:y|ied)|block|reject/i.test(said)
        ? 'denied'
        : /connection opened/i.test(said) || id === '98'
          ? 'started'
          : /connection closed/i.test(said) || id === '537'
            ? 'ended'
            : 'other'
    return accept(
      {
        ...flowFields(
          {
            transport: keys.get('proto')?.split('/')[0],
            from: from?.[1],
            fromPort: from?.[2],
            ingress: from?.[3],
            fromMac: keys.get('srcMac'),
            to: to?.[1],
            toPort: to?.[2],
            egress: to?.[3],
            toMac: keys.get('dstMac'),
            natFrom: natFrom?.[1],
            natFromPort: natFrom?.[2],
            natTo: natTo?.[1],
            natToPort: natTo?.[2],
            rule: keys.get('rule'),
            app: keys.get('appName'),
            reason: keys.get('note'),
            code: id,
            bytesOut: keys.get('sent'),
            bytesBack: keys.get('rcvd'),
            packetsOut: keys.get('spkt'),
            packetsBack: keys.get('rpkt'),
          },
          end,
        ),
        'observer.type': 'firewall',
        message: said,
      },
      time,
    )
  },
})
