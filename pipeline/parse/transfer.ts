import type { ParsedFields } from '../../schemas/event.js'
import { gated } from './gate.js'

/**
 * Progress of a bulk transfer in whichever tool's words: a volume or a share of it, and the rate or the whole beside it, with a word that it is
 * carried somewhere. Source: rclone's accounting (stats.go), rsync --progress, restic's and borg's progress lines, aws-cli s3 (results.py),
 * docker pull, apt's "Fetched", wget and curl, git, scp, yt-dlp, vsftpd's log.
 */
const UNIT = String.raw`(?:[KMGT]i?B|[kMGT]i?[Bb]yte\w?|[KMGT]i)`
const VOLUME = new RegExp(String.raw`(?<![\w.])(\d[\d.,]{0,14}) ?(${UNIT})(?!\w| ?\/ ?s)`, 'g')
const RATE = gated(
  /\d[\d.,]{0,14} ?(?:[KMGTkmgt]i?)?(?:[Bb]|[Bb]it|[Bb]its|[Bb]ytes?)(?:\/s(?:ec)?\b|ps\b|\/秒)|\d[\d.,]{0,14} ?[KMG]i\/s/,
)
const TWO = gated(new RegExp(String.raw`\d ?${UNIT}(?!\w| ?\/ ?s)[^\n]{0,60}?\d ?${UNIT}(?!\w| ?\/ ?s)`))
/** Of the whole, or of so many pieces. */
const SHARE =
  /(?<![\w.])\d{1,3}(?:\.\d{1,2})? ?%|(?:progress|files?|objects|chunks|parts|进度|文件)[ :：=]{0,3}\d{1,7} ?\/ ?\d{1,7}(?![\d/])/i
const CARRIED =
  /\b(?:transferr?|upload|download|fetch|receiv|sent\b|sending|cop(?:y|ied)|back(?:ed)?[ -]?up|sync|restor|pull|push|progress|files?\b|objects\b|ETA\b|remaining)|下载|上传|传输|同步|备份/i
/** Stores and limits are measured in the same units. */
const NO_TRANSFER =
  /\b(?:heap|mem(?:ory)?|disk|swap|rss|quota|bwlimit|limit(?:ed|s)?|free|used|cap(?:acity)?|max(?:imum)?|link|duplex|negotiated|speed test|sms)\b|内存|磁盘|限速/i
const ELAPSED =
  /\b(?:Elapsed time:|in|took|elapsed)[ =:]{1,8}(?:(\d{1,3})h)?(?:(\d{1,3})m)?(\d{1,6}(?:\.\d{1,3})?) ?s(?:ec\w*)?\b/
/** It is said that there is none. */
const UNLIMITED = /\b(?:bandwidth |rate |speed )?limit(?:ed)?[:= ]{1,2}(?:none|off|no|0|unlimited|disabled)\b/gi
/** One piece of a file after another, with the rate beside it: Nextcloud's client (propagateupload), multipart uploads. */
const PIECE =
  /\b(?:chunk|part|piece|segment)s? [^\n]{1,120}?\b(?:sent|received|uploaded|written|done)\b|\b(?:upload|download) (?:rate|speed)\b/i
/** iperf's report of an interval, whose volumes are few on a slow line: `[  5]   0.00-1.00   sec   128 KBytes  1.05 Mbits/sec`. */
const INTERVAL = /\b\d{1,6}\.\d{1,2} ?- ?\d{1,6}\.\d{1,2} {1,3}sec {1,3}\d/
/** A file's length in full, as vsftpd and proftpd give it beside the rate. */
const IN_BYTES = /(?<![\w.])\d{7,15} bytes\b/
const MIB = 1_048_576
const FACTOR: Readonly<Record<string, number>> = { k: 1 / 1_024, m: 1, g: 1_024, t: MIB }
const MAX_TEXT = 1_000
/** Closed words, for the facts. */
export const SLOW_RATE = 'slow rate'
const NS_PER_SEC = 1e9

/** What other words may not be overruled: an event of its own. */
const FREE: ReadonlySet<string> = new Set(['other', 'request-succeeded', 'request-started'])

/** Adds to what a format read that a transfer goes on. @returns the same fields */
export function addTransfer(fields: ParsedFields, text: string): ParsedFields {
  if (!FREE.has(fields['event.action'] ?? 'other') || !isProgress(text)) return fields
  fields['event.action'] = 'transfer-progress'
  delete fields['event.outcome']
  if (isSlow(text.slice(0, MAX_TEXT))) fields['event.reason'] = SLOW_RATE
  const took = ELAPSED.exec(text.slice(0, MAX_TEXT))
  if (took) {
    const secs = Number(took[1] ?? 0) * 3_600 + Number(took[2] ?? 0) * 60 + Number(took[3])
    fields['event.duration'] = Math.round(secs * NS_PER_SEC)
  }
  return fields
}

function isProgress(whole: string): boolean {
  const hasRate = RATE.test(whole)
  if (!hasRate && !TWO.test(whole)) return false
  const text = whole.slice(0, MAX_TEXT).replace(UNLIMITED, ' ')
  if (hasRate && INTERVAL.test(text)) return true
  if (!CARRIED.test(text) || NO_TRANSFER.test(text)) return false
  const volumes = [...text.matchAll(VOLUME)].map((m) => inMiB(m[1] ?? '', m[2] ?? ''))
  if (volumes.length > 0) return Math.max(...volumes) >= 1 && (hasRate || volumes.length > 1)
  return hasRate && (SHARE.test(text) || PIECE.test(text) || IN_BYTES.test(text))
}

/** A rate as the tool states it, the last of several: number, factor, bits or bytes. */
const STATED = /(?<![\w.])(\d[\d.,]{0,14}) ?([KMGTkmgt]?)i?(Bytes?|bytes?|B|bits?|bit|b)(?:\/s(?:ec)?\b|ps\b)/g
const SLOW_KIB = 128
const BITS = 8

/** Payments need a few KiB; who carries files waits for them below this. A stalled transfer says 0. */
function isSlow(text: string): boolean {
  const last = [...text.matchAll(STATED)].at(-1)
  if (!last) return false
  const kib =
    (Number((last[1] ?? '').replaceAll(',', '')) * (PER_KIB[(last[2] ?? '').toLowerCase()] ?? 0)) /
    (/^b(?:it|$)/.test(last[3] ?? '') ? BITS : 1)
  return kib <= SLOW_KIB
}
const PER_KIB: Readonly<Record<string, number>> = { '': 1 / 1_024, k: 1, m: 1_024, g: MIB, t: MIB * 1_024 }

const inMiB = (value: string, unit: string): number =>
  Number(value.replaceAll(',', '')) * (FACTOR[(unit[0] ?? '').toLowerCase()] ?? 0)
