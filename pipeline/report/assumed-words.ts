import type { Bilingual } from '../../schemas/rule.js'

/** What inference (`parse/infer.ts`) assumes of a log, by the key of origins.yml. */
const WHAT: Readonly<Record<string, Bilingual>> = {
  zone: { en: 'time zone', zh: '时区' },
  skew_ms: { en: 'clock error, ms', zh: '时钟偏差（毫秒）' },
  day_first: { en: 'dates have the day first', zh: '日期为日在前' },
  until: { en: 'not after', zh: '不晚于' },
  role: { en: 'role', zh: '角色' },
  site: { en: 'site', zh: '门店' },
  terminal: { en: 'terminal', zh: '终端' },
  isp: { en: 'access provider', zh: '运营商' },
  addresses: { en: 'public addresses', zh: '公网地址' },
  gateways: { en: "the inventory's gateways", zh: '清单中的网关' },
  time: { en: 'times', zh: '时间' },
  charset: { en: 'characters', zh: '字符集' },
  trace: { en: 'word before trace numbers', zh: '流水号前的字样' },
  states_begin: { en: 'times are begins', zh: '时间为请求开始时刻' },
  bystander: { en: 'takes no part in sales', zh: '不参与交易' },
}
/** Its reasons, as it words them, in Chinese. */
const WHY: Readonly<Record<string, string>> = {
  'terminal ids of the site in sessions from this address': '来自该地址的会话中出现该门店的终端号',
  "the ports of the site's connections pass others from this address": '该门店连接的端口以此地址出现在其他设备日志中',
  'sessions from this address begin with attempts of the site': '来自该地址的会话与该门店的尝试同时开始',
  "its name has the part that the names of this site's terminals share": '名称与该门店终端的名称有相同部分',
  'the only one that its lines name': '其日志中唯一提到的门店',
  "it writes a network box's log, or is named as one, and bears the site's name":
    '写网络设备日志或名称像网络设备，且名称含门店名',
  'the only zone that any line of the input states': '输入中仅此一个时区被写明',
  'the only one that the logs of this host name as their own': '该主机日志中唯一自称的终端',
  'the one that the name of this host leaves, as others are named': '按主机命名规律推断，唯一对应的终端',
  'the one that others name with the trace numbers of this host': '其他主机以该主机的流水号记录的终端',
  'it names no sale, no terminal and nobody whom it calls, as logs of terminals do':
    '日志中没有交易、终端或拨号目标，与终端日志不同',
  'the numbers behind it stand in the logs of other hosts at the same times':
    '其后的号码在相同时间出现在其他主机的日志中',
  'it serves the terminals that the inventory has for these names': '清单中使用这些网关名的终端由它服务',
  'requests that took long began at that time in the logs of terminals': '耗时长的请求在终端日志中于该时刻开始',
  'its lines say so': '日志行中已注明',
  'another log of the same host has a zone': '同一主机的其他日志注明了时区',
  'the same requests in logs whose zone is known': '与时区已知的日志中的相同请求比对',
  'its begin and end against the other logs': '起止时间与其他日志比对',
  'no zone in any line: UTC': '日志行未注明时区：按UTC',
  'no zone in any line, and Chinese: +08:00': '日志行未注明时区且为中文：按+08:00',
  'its lines state the moment besides': '日志行另有绝对时间',
  'other lines of the same log state their zone': '同一日志的其他行写明了时区',
  'the same requests in logs whose zone is assumed': '与假定时区的日志中的相同请求比对',
  'the same requests in the logs of other hosts': '与其他主机日志中的相同请求比对',
  'no year or date in the lines; the newest dated line of the input': '日志行无年份或日期；取输入中最新的带日期日志行',
  'dates of its own that can be nothing else': '自身日期中有只能如此解读的',
  'the dates of the other logs': '与其他日志的日期比对',
  'no line has a time: the order of the lines': '没有任何一行带时间：按行序',
}
export const whatAssumed = (what: string): Bilingual => WHAT[what] ?? { en: what, zh: what }
export const whyAssumed = (why: string): Bilingual => ({ en: why, zh: WHY[why] ?? why })
