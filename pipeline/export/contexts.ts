/** What a stretch of a text is, by what stands before it. */
export type Kind = 'id' | 'user' | 'person' | 'secret' | 'phone' | 'part'
export type Span = { readonly from: number; readonly to: number; readonly kind: Kind }

/** Between a key and its value: `key=value`, `"key": "value"`, `键[值]`. */
const SEP = String.raw`["'\]]{0,2}\s{0,3}(?:[:=：[]|=>)\s{0,2}["'[]?`
const NUMBER = String.raw`(?:[_ -]?(?:id|no|num|number|code))`
const after = (keys: string, value: string): RegExp =>
  new RegExp(String.raw`(?:^|[^A-Za-z0-9])(?:${keys})${SEP}(${value})`, 'gid')
const afterHan = (keys: string, value: string): RegExp => new RegExp(String.raw`(?:${keys})${SEP}(${value})`, 'gd')

/** An id: it has a digit, or it is only a word. */
const ID = String.raw`(?=[A-Za-z_-]{0,40}\d)[A-Za-z0-9][\w.-]{0,63}`
const REST = String.raw`[^"'<>,;:=|&\]\)\r\n]{1,80}`

const PATTERNS: readonly { readonly kind: Kind; readonly patterns: readonly RegExp[] }[] = [
  {
    kind: 'secret',
    patterns: [
      after(
        String.raw`pass(?:word|wd|phrase)?|pwd|(?:client[_ -]?)?secret|(?:api|access|private)[_ -]?key|(?:access|auth|refresh|bearer|id)[_ -]?token|(?:set-)?cookie|(?:proxy-)?authorization`,
        String.raw`(?:(?:Bearer|Basic|Digest) )?[^\s"'<>,;&]{3,512}`,
      ),
      afterHan('密码|口令|密钥', String.raw`[^\s"'<>,;&\]]{3,512}`),
    ],
  },
  {
    kind: 'id',
    patterns: [
      after(
        String.raw`t(?:erm(?:inal)?)?[_ -]?id|term(?:inal)?${NUMBER}?|m(?:erchant)?[_ -]?id|merchant${NUMBER}?|stan|trace${NUMBER}?|trn|rrn|ref(?:erence)?${NUMBER}|req(?:uest)?[_ -]?id|correlation[_ -]?id|span[_ -]?id|session${NUMBER}?|order${NUMBER}|invoice${NUMBER}?|receipt${NUMBER}?|batch${NUMBER}|auth[_ -]?code|approval${NUMBER}?|serial${NUMBER}?|imei|imsi|iccid|device${NUMBER}|store${NUMBER}?|shop${NUMBER}?|site${NUMBER}?|branch${NUMBER}?|lane${NUMBER}?|customer${NUMBER}?|member${NUMBER}?|acquirer${NUMBER}?`,
        ID,
      ),
      afterHan(
        '终端(?:号|编号)?|商户(?:号|编号)?|(?:终端|系统跟踪|跟踪|交易)?流水(?:号)?|(?:系统|检索)?参考号|批次号|授权(?:码|号)|订单号|凭证号|序列号|机身号|门店(?:号|编号)?|会员号',
        ID,
      ),
      // ISO 8583 fields that name an institution, a terminal or a transaction, as jPOS and dumps write them.
      /<field id="(?:11|32|33|37|38|41|42)" (?:type="\w{1,16}" )?value="([^"]{1,64})"/dg,
      /\b(?:DE|F|field|bit)[ _]?0{0,2}(?:11|32|33|37|38|41|42)["'\]]{0,2}\s{0,3}[:=[]\s{0,3}["'[]?([\w.-]{1,64})/dgi,
    ],
  },
  {
    kind: 'user',
    patterns: [
      after(
        String.raw`user(?:[_ -]?(?:name|id))?|usr|login|logname|ruser|operator${NUMBER}?|cashier${NUMBER}?|clerk${NUMBER}?|employee${NUMBER}?|owner`,
        String.raw`[A-Za-z_][\w.@\\-]{1,63}|\d{4,20}(?![\d.%])`,
      ),
      afterHan(
        String.raw`操作员(?:号)?|收银员(?:号)?|用户(?:名)?|员工(?:号|工号)?|柜员(?:号)?`,
        String.raw`[^\s"'<>,;，。\]]{1,64}`,
      ),
      /\b(?:for|by|of)(?: (?:invalid|illegal))? user ([A-Za-z_][\w.@-]{1,63})/dgi,
      /(?:\/home\/|\/Users\/|[A-Z]:\\Users\\)([A-Za-z0-9_][\w.@-]{0,63})/dg,
    ],
  },
  {
    kind: 'person',
    patterns: [
      after(
        String.raw`card[_ -]?holder(?:[_ -]?name)?|customer[_ -]?name|contact(?:[_ -]?name)?|(?:first|last|full|family|given)[_ -]?name|(?:merchant|store|shop|company)[_ -]?name|street|ssid|bssid|remark`,
        REST,
      ),
      afterHan(
        '持卡人(?:姓名)?|姓名|联系人|客户(?:名称|姓名)?|商户名(?:称)?|门店名(?:称)?|店名|公司(?:名称)?|详细地址|备注',
        String.raw`[^\s"'<>,;:=|&\]\)，。；]{1,80}`,
      ),
      /<field id="43" (?:type="\w{1,16}" )?value="([^"]{1,99})"/dg,
      /\b(?:DE|F|field|bit)[ _]?0{0,2}43["'\]]{0,2}\s{0,3}[:=[]\s{0,3}["'[]?([^"'\],<]{1,99})/dgi,
    ],
  },
  {
    kind: 'phone',
    patterns: [
      after(String.raw`(?:tele)?phone${NUMBER}?|tel|mobile${NUMBER}?|msisdn|fax`, String.raw`\+?\(?\d[\d ()-]{4,20}\d`),
      afterHan('手机(?:号码?)?|(?:联系)?电话(?:号码?)?|传真', String.raw`\+?\(?\d[\d ()-]{4,20}\d`),
      /(?<![\w.+-])(\+[1-9]\d{0,2}[ -]?\(?\d[\d ()-]{5,15}\d)(?![\w.:])/dg,
      // Mobile numbers of China (YD/T 1040) that stand alone.
      /(?<![\w.=:+/-])(1[3-9]\d{9})(?![\w.:/%-])/dg,
    ],
  },
  {
    kind: 'part',
    patterns: [/[?&][\w.[\]-]{1,64}=([^&\s"'<>#;,)\]]{1,256})/dg],
  },
]
/** A certificate's subject: organisation, unit, place (RFC 4514). */
const SUBJECT = /\b(?:O|OU|L|ST|STREET|SN|GN)\s?=\s?"?([^",/+=\n]{2,80})(?=[",/+\n]|$)/dg
const PATH = /(?:\b(?:GET|POST|PUT|DELETE|PATCH|HEAD|OPTIONS) |\bhttps?:\/\/[^\s/"']{1,255})(\/[^\s"'<>?#]{1,1024})/dg
/** A part of a path that names one thing and not a kind of things. */
const IS_CODE = /\d{4}|^(?=.*\d)[A-Za-z0-9_-]{16,}$/

/** Stretches of a text that a key before them or their own shape gives away, in order and without overlap. */
export function contextsIn(text: string): readonly Span[] {
  const found: Span[] = []
  const take = (kind: Kind, pattern: RegExp): void => {
    for (const m of text.matchAll(pattern)) {
      const at = m.indices?.[1]
      if (at && at[0] < at[1]) found.push({ from: at[0], to: at[1], kind })
    }
  }
  for (const { kind, patterns } of PATTERNS) for (const pattern of patterns) take(kind, pattern)
  if (text.includes('CN=')) take('person', SUBJECT)
  for (const m of text.matchAll(PATH)) {
    let from = m.indices?.[1]?.[0] ?? 0
    for (const part of (m[1] as string).split('/')) {
      if (IS_CODE.test(part)) found.push({ from, to: from + part.length, kind: 'part' })
      from += part.length + 1
    }
  }
  if (found.length < 2) return found
  found.sort((a, b) => a.from - b.from || b.to - a.to)
  let end = 0
  return found.filter((s) => {
    if (s.from < end) return false
    end = s.to
    return true
  })
}
