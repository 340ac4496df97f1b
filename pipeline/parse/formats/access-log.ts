import { isIP } from 'node:net'
import type { ParsedFields } from '../../../schemas/event.js'
import { addIds } from '../access-ids.js'
import { addRequest, readHostPort } from '../access-line.js'
import { accept, defineFormat, keepingLast, NS_PER_MS } from '../format.js'
import { findTime, plus, readTime } from '../time.js'
import { addLayout, layoutOf } from './nginx-layout.js'

/**
 * Access lines of any server or proxy in a layout of somebody's own: the client's address, a request line as HTTP has it, its status, and
 * the rest under names. What a layout by its maker's documents says is read before, by its own format.
 * Source: RFC 9112, 3 (request line); ngx_http_log_module, mod_log_config, Uvicorn, Werkzeug, aiohttp and gunicorn for what layouts have.
 */
export const accessLog = defineFormat({
  id: 'access-log',
  title: 'Access log in a layout of its own, of any web server or proxy',
  source:
    'RFC 9112, section 3; log_format of nginx, LogFormat of Apache, access logs of Uvicorn, Werkzeug and gunicorn',
  detect: (text, header) => (partsIn(text, header) ? 0.75 : 0),
  parse: (text, header) => {
    const parts = partsIn(text, header)
    if (!parts) return undefined
    const { client, method, path, status, bytes, tail } = parts
    const epoch = EPOCH.exec(text)?.[1]
    const time = header.time ?? (epoch === undefined ? findTime(text, 200) : readTime(epoch))?.time
    if (!time) return undefined
    const fields: ParsedFields = {}
    addRequest(fields, { client, method, path, bytes })
    addLayout(fields, layoutOf(tail), status)
    addIds(fields, tail)
    fields.message = text.slice(0, 500)
    const durationMs = (fields['event.duration'] ?? 0) / NS_PER_MS
    return accept(fields, STATES_BEGIN.test(tail) ? plus(time, durationMs) : time)
  },
})

/** nghttpx logs when a request began, and of one that no backend answered its host and port as `-:-`. Source: its manual, --accesslog-format. */
const STATES_BEGIN = /(?:^|[\s=])-:-(?:\s|$)/

type Parts = {
  readonly client: string
  readonly method: string
  readonly path: string
  readonly status: number
  readonly bytes: number | undefined
  /** What stands behind the request line. */
  readonly tail: string
}

const REQUEST = /(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) \S{1,4096} HTTP\/[1-3](?:\.\d)?(?=["'\s|,;)\]]|$)/
/** Layouts may leave the version out: then a path and the status follow each other. */
const SHORT_REQUEST =
  /(?:GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS) (?:https?:\/\/[^\s"'/]{1,255})?\/[^\s"']{0,2048}(?=["']?[\s|,;]{1,2}["']?(?:status[=:])?[1-5]\d\d(?![\w.]))/
/** The first thing with an address in front of the request that is no address of a page: `https://10.0.0.1:443 "POST /pay` is a client's line. */
const CLIENT =
  /(?<![\w.:/@-])(\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?|\[?[0-9a-fA-F]{1,4}:[0-9a-fA-F:]{2,40}\]?(?::\d{1,5})?)(?![\w.:/-])/g
/** A time of day is written like an address of version 6 that is none. */
function clientIn(text: string): string | undefined {
  for (const [, found = ''] of text.matchAll(CLIENT)) if (isIP(readHostPort(found)?.ip ?? '') !== 0) return found
  return undefined
}
const NAMED_CLIENT =
  /(?:^|[\s"'|,;{[(])(?:client|remote|peer|clientip|client_ip|remote_addr|remote_ip|ip|from|src)[=:]["']?([\d.:a-fA-F[\]]{7,50})/
const STATUS = /^["'\s|,;)\]-]{0,4}(?:status[=:]\s?["']?)?([1-5]\d\d)(?![\w.])/
const NAMED_STATUS = /(?:^|[\s"'|,;{[(])(?:status|st|sc|code|http_status)[=:]["']?([1-5]\d\d)(?![\w.])/
const SIZE = /^["']?[\s|,;]{1,3}(\d{1,12})(?=["']?(?:[\s|,;]|$))(?! ?(?:[muµ]?s|sec)\b)/
/** `$msec`: the moment to the millisecond, where the time beside it has whole seconds. */
const EPOCH = /(?<![\w.])(1[5-9]\d{8}\.\d{3})(?![\w.])/

const partsIn = keepingLast((text: string): Parts | undefined => {
  if (text.startsWith('{')) return undefined
  const request = REQUEST.exec(text) ?? SHORT_REQUEST.exec(text)
  if (!request) return undefined
  const [method = '', path = ''] = request[0].split(' ', 2)
  const before = text.slice(Math.max(0, request.index - 400), request.index)
  const tail = text.slice(request.index + request[0].length)
  const client = clientIn(before) ?? (before.includes('://') ? undefined : NAMED_CLIENT.exec(tail)?.[1])
  const found = STATUS.exec(tail)
  const status = found?.[1] ?? NAMED_STATUS.exec(tail)?.[1]
  if (client === undefined || status === undefined) return undefined
  const size = found ? SIZE.exec(tail.slice(found[0].length))?.[1] : undefined
  return {
    ...{ client, method, path: path.slice(0, 2048), tail },
    ...{ status: Number(status), bytes: size === undefined ? undefined : Number(size) },
  }
})
