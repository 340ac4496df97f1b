import { gated } from './gate.js'

/**
 * ISO 8583 messages as programs dump them: fields by number, on one line (`MTI=0200 F11=003991 F41=TA006432`) or one a line
 * (`DE 011 STAN: 003991`, `[041] TA006432`, `Field 39 (Response Code) = 68`, `域11:003991`).
 * Source: ISO 8583:1987, 4.1 (message types) and table 4 (data elements).
 */
export type IsoMessage = {
  readonly mti: string
  /** By the second half of the type: 00, 20, 40 ask; 10, 30 answer. */
  readonly isAnswer: boolean
  readonly direction: 'in' | 'out' | undefined
  readonly stan?: string
  readonly rrn?: string
  readonly code?: string
  readonly terminal?: string
  readonly merchant?: string
}

/** Response codes by which a host says that whoever should have answered did not, and not that the card or the sum was refused. */
export const NOT_SERVED: Readonly<Record<string, string>> = {
  '68': 'response received too late',
  '90': 'cut-off in process',
  '91': 'issuer or switch inoperative',
  '92': 'no route to the institution',
  '96': 'system malfunction',
  '98': 'no answer from the institution',
}

const VALUE = String.raw`[:=>\])]{1,3}[ \t]{0,4}["'\[<]?([^\s"'\],;|<>]{1,64})`
const NAME = String.raw`(?:[ \t]{1,3}[A-Za-z][A-Za-z \t./-]{0,40}|[ \t]?\([^)\n]{0,48}\))?[ \t.]{0,8}`
/** With the word before the number anywhere, without it only at the begin of a line. */
const PREFIXED = new RegExp(
  String.raw`(?:DE|DF|F|FLD|Field|Bit|域|字段|第)[ _#.-]{0,2}\[?0{0,2}(\d{1,3})域?\]?${NAME}${VALUE}`,
  'gi',
)
const AT_LINE = new RegExp(
  String.raw`^[ \t]{0,16}(?:\[0{0,2}(\d{1,3})\]|0{0,2}(\d{1,3}))(?:${NAME}${VALUE}|[ \t]{1,4}["'\[<]?([^\s"'\],;|<>]{1,64}))`,
  'gm',
)
const MTI = gated(
  /(?:MTI|message type|msg(?:_| )?type|报文类型|消息类型)["']?(?: (?:id|indicator))?\s{0,3}[:=[( ]\s{0,3}["'[]?(0[1-8]\d\d)\b/i,
)
const BARE_MTI = gated(
  /(?:send|sent|recv|receive[d]?|request|response|发送|接收|收到|>>|<<|->|<-)[^\n\d]{0,24}\b(0[1-8][0-3]\d)\b/i,
)
const HAS_FIELDS = gated(
  /(?:DE|F|FLD|Field|Bit|域|字段)[ _#.-]{0,2}\[?0{0,2}(?:11|41|39|37)\b|^[ \t]{0,16}\[?0{0,2}(?:11|41|37)[\]\s.:=]/im,
)
const OUT = /\b(?:send(?:ing)?|sent|snd|outgoing|outbound|tx|to host|request sent)\b|>>|->|发送|上送/i
const IN = /\b(?:recv|rcv|receiv(?:e|ed|ing)|incoming|inbound|rx|from host)\b|<<|<-|接收|收到/i
const MOST_FIELDS = 192

/** @returns undefined where the text names no message type and no field that could be told */
export function readIsoMessage(text: string): IsoMessage | undefined {
  if (!HAS_FIELDS.test(text)) return named(text)
  const fields = fieldsOf(text)
  const told = MTI.exec(text)?.[1] ?? fields.get('0') ?? BARE_MTI.exec(text)?.[1]
  const mti = told !== undefined && /^0[1-8]\d\d$/.test(told) ? told : undefined
  if (mti === undefined) return undefined
  const word = (id: string, shape: RegExp) => {
    const value = fields.get(id)
    return value !== undefined && shape.test(value) ? value : undefined
  }
  const [stan, rrn, code] = [word('11', /^\d{1,6}$/), word('37', /^[A-Za-z0-9]{6,12}$/), word('39', /^[A-Za-z0-9]{2}$/)]
  const [terminal, merchant] = [word('41', /^[A-Za-z0-9_-]{4,16}$/), word('42', /^[A-Za-z0-9*_-]{4,15}$/)]
  if (stan === undefined && terminal === undefined && rrn === undefined) return undefined
  const head = text.split('\n', 1)[0] ?? ''
  return {
    mti,
    isAnswer: mti[2] === '1' || mti[2] === '3',
    direction: IN.test(head) ? 'in' : OUT.test(head) ? 'out' : undefined,
    ...(stan !== undefined && { stan }),
    ...(rrn !== undefined && { rrn }),
    ...(code !== undefined && { code }),
    ...(terminal !== undefined && { terminal }),
    ...(merchant !== undefined && { merchant }),
  }
}

/** `RCV MTI=0200 STAN=008122 TID=34K01203`: its fields have names, as everything else of the line has, and the way that it goes is said. */
function named(text: string): IsoMessage | undefined {
  const mti = MTI.exec(text)?.[1]
  if (mti === undefined) return undefined
  const head = text.split('\n', 1)[0] ?? ''
  const direction = IN.test(head) ? 'in' : OUT.test(head) ? 'out' : undefined
  return direction && { mti, isAnswer: mti[2] === '1' || mti[2] === '3', direction }
}

function fieldsOf(text: string): Map<string, string> {
  const fields = new Map<string, string>()
  for (const pattern of [PREFIXED, AT_LINE])
    for (const m of text.slice(0, 16_384).matchAll(pattern)) {
      const [id, value] = m.length === 3 ? [m[1], m[2]] : [m[1] ?? m[2], m[3] ?? m[4]]
      if (id !== undefined && value !== undefined && !fields.has(id)) fields.set(id, value)
      if (fields.size >= MOST_FIELDS) return fields
    }
  return fields
}
