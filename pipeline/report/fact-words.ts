import type { FactName } from '../../schemas/facts.js'
import type { Bilingual } from '../../schemas/rule.js'
import { PHASES } from '../../schemas/vocabulary.js'
import { choice, count, flag, logged, measure, type Say } from './comparison-words.js'
import { PATH_FACT_WORDS } from './path-fact-words.js'
import { SERVICE_FACT_WORDS } from './service-fact-words.js'
import { PHASE_NAMES } from './words.js'

const w = (en: string, zh: string): Bilingual => ({ en, zh })
const same = (text: string): Bilingual => ({ en: text, zh: text })
const ms = (n: number): Bilingual => (n >= 1000 ? w(`${n / 1000} s`, `${n / 1000}秒`) : w(`${n} ms`, `${n}毫秒`))
const secs = (n: number): Bilingual => w(`${n} s`, `${n}秒`)
const times = (n: number): Bilingual => w(`${n} times`, `${n}倍`)
const percent = (n: number): Bilingual => same(`${Math.round(n * 100)} %`)
const plain = (n: number): Bilingual => same(String(n))

/** What each fact means to an operator, by the comparison that a rule makes. A new fact needs its words here. */
export const FACT_WORDS: Readonly<Record<FactName, Say>> = {
  ...PATH_FACT_WORDS,
  ...SERVICE_FACT_WORDS,
  'episode.phase': choice(
    w('where it stopped', '停在哪个阶段'),
    Object.fromEntries(
      PHASES.map((p) => [p, w(`it stopped at the phase "${PHASE_NAMES[p].en}"`, `停在“${PHASE_NAMES[p].zh}”阶段`)]),
    ),
  ),
  'episode.suffered_by': choice(w('who waited', '等待方'), {
    terminal: w('it was the terminal that waited in vain', '等待落空的是终端'),
    gateway: w("it was the gateway's own wait for its server that ran out", '是网关等待后端超时'),
  }),
  'episode.duration_ms': measure(w('the length of the attempt', '本次尝试时长'), ms),
  'episode.limit_ms': measure(w('the limit that ran out', '所用超时限制'), ms),
  'episode.keep_alive': flag(
    w('the request used a connection that had been kept open', '请求复用了长连接'),
    w('the request opened a connection of its own', '请求新建了连接'),
  ),
  'episode.idle_secs': measure(w('the time that the connection had been quiet', '连接此前的空闲时间'), secs),
  'episode.port': measure(w('the dialled port', '所拨端口'), plain),
  'episode.address_known': flag(
    w('the attempt dialled an address that it had', '连接时已有目标地址'),
    w('the attempt names no address', '日志未给出目标地址'),
  ),
  'episode.received_bytes': count(
    w('part of the answer had come already', '已收到部分应答'),
    w('not one byte of the answer came', '未收到任何应答字节'),
  ),
  'episode.host_failures': count(
    w('the same host fails towards other services too', '同一主机访问其他服务也超时'),
    w('the same host fails nowhere else', '同一主机访问其他服务未超时'),
  ),
  'episode.host_endpoints_ok': count(
    w('the same host reaches other services', '同一主机可访问其他服务'),
    w('the same host reaches no other service', '同一主机无法访问其他服务'),
  ),
  'usual.median_ms': measure(w("the terminal's usual answer time", '该终端平常应答时间'), ms),
  'usual.max_ms': measure(w("the terminal's longest answer time", '该终端最长应答时间'), ms),
  'usual.count': count(
    w('the terminal was served at other times', '该终端其他时间交易正常'),
    w('the terminal was never served', '该终端从未交易成功'),
  ),
  'usual.fleet_median_ms': measure(w('the usual answer time of the service', '该服务平常应答时间'), ms),
  'usual.limit_over_median': measure(
    w('the limit, compared with the usual answer time,', '超时限制与平常应答时间之比'),
    times,
  ),
  'usual.others_above_limit': measure(
    w("the share of other terminals' answers that take longer than this limit", '其他终端应答超过该限制的比例'),
    percent,
  ),
  'usual.limit_below_others': flag(
    w('the limit of this terminal is less than half of that of others', '该终端的超时限制不到其他终端的一半'),
    w('the limit of this terminal is like that of others', '该终端的超时限制与其他终端相近'),
  ),
  'usual.slowdown_site': measure(
    w("the site's answer time, compared with the usual,", '该门店应答时间为平常的倍数'),
    times,
  ),
  'usual.slowdown_elsewhere': measure(
    w("other sites' answer time, compared with the usual,", '其他门店应答时间为平常的倍数'),
    times,
  ),
  'usual.slowdown_upstream': measure(
    w("the server's answer time as the gateway sees it, compared with the usual,", '网关所见后端应答时间为平常的倍数'),
    times,
  ),
  'fleet.same_terminal_ok': count(
    w('the same terminal is served in the same moments', '该终端同一时刻有成功交易'),
    w('the same terminal is not served in these moments', '该终端同一时刻没有成功交易'),
  ),
  'fleet.site_others': count(
    w('other terminals of the site are active', '门店其他终端有流量'),
    w('no other terminal of the site is active', '门店其他终端无流量'),
  ),
  'fleet.site_ok': count(
    w('other terminals of the site are served', '门店其他终端正常'),
    w('no other terminal of the site is served', '门店其他终端均未成功'),
  ),
  'fleet.site_failed': count(
    w('other terminals of the site fail too', '门店其他终端也超时'),
    w('no other terminal of the site fails', '门店其他终端无超时'),
  ),
  'fleet.site_ok_same_port': count(
    w('other terminals of the site are served on the same port', '门店其他终端同端口正常'),
    w('nobody else at the site is served on this port', '门店其他终端同端口均未成功'),
  ),
  'fleet.site_failed_same_port': count(
    w('other terminals of the site fail on the same port', '门店其他终端同端口也超时'),
    w('nobody else at the site fails on this port', '门店其他终端同端口无超时'),
  ),
  'fleet.site_ok_other_port': count(
    w('the site is served on other ports', '门店访问其他端口正常'),
    w('the site is not served on other ports', '门店访问其他端口均未成功'),
  ),
  'fleet.site_failed_other_port': count(
    w('the site fails on other ports too', '门店访问其他端口也超时'),
    w('the site fails on no other port', '门店访问其他端口无超时'),
  ),
  'fleet.elsewhere': count(
    w('other sites are active', '其他门店有流量'),
    w('no other site is active', '其他门店无流量'),
  ),
  'fleet.elsewhere_ok': count(
    w('other sites are served', '其他门店正常'),
    w('no other site is served', '其他门店均未成功'),
  ),
  'fleet.others_connected': count(
    w('other terminals connect meanwhile', '同一时间其他终端可建立连接'),
    w('no other terminal connects meanwhile', '同一时间其他终端也无法建立连接'),
  ),
  'fleet.others_reach_gateway': flag(
    w('other sites connect to the gateway all the while', '其他门店此时都能连上网关'),
    w('other sites cannot connect to the gateway either', '其他门店也连不上网关'),
  ),
  'fleet.elsewhere_failed': count(
    w('other sites fail too', '其他门店也超时'),
    w('no other site fails', '其他门店无超时'),
  ),
  'fleet.elsewhere_ok_same_port': count(
    w('other sites are served on the same port', '其他门店同端口正常'),
    w('no other site is served on this port', '其他门店同端口均未成功'),
  ),
  'fleet.elsewhere_failed_same_port': count(
    w('other sites fail on the same port', '其他门店同端口也超时'),
    w('no other site fails on this port', '其他门店同端口无超时'),
  ),
  'fleet.other_isp_ok': count(
    w('sites of other access providers are served', '其他运营商的门店正常'),
    w('no site of another access provider is served', '其他运营商的门店均未成功'),
  ),
  'fleet.other_isp_failed': count(
    w('sites of other access providers fail too', '其他运营商的门店也超时'),
    w('no site of another access provider fails', '其他运营商的门店无超时'),
  ),
  'fleet.other_isp_ok_same_port': count(
    w('sites of other access providers are served on the same port', '其他运营商的门店同端口正常'),
    w('no site of another access provider is served on this port', '其他运营商的门店同端口均未成功'),
  ),
  'fleet.isp_sites_failed_same_port': measure(
    w('the number of sites of this access provider that fail on the same port', '该运营商同端口超时的门店数'),
    plain,
  ),
  'fleet.site_phases_failed': measure(
    w('the number of different steps at which the site fails', '门店超时涉及的阶段数'),
    plain,
  ),
  'fleet.sites_failed': measure(w('the number of sites that fail', '超时的门店数'), plain),
  'fleet.share_failed': measure(w('the share of all terminals that fail', '超时终端所占比例'), percent),
  'fleet.refused': count(
    w('others are refused by the same service', '其他终端被同一服务拒绝'),
    w('nobody is refused by this service', '无终端被该服务拒绝'),
  ),
  'probe.loss_share': measure(w("the share of lost probes of the site's line", '门店线路探测丢失率'), percent),
  'probe.loss_share_elsewhere': measure(
    w("the share of lost probes of other sites' lines", '其他门店线路探测丢失率'),
    percent,
  ),
  'probe.rtt_ratio': measure(
    w('the round trip on the line, compared with the usual,', '线路往返时间为平常的倍数'),
    times,
  ),
  'probe.loss_usual': measure(w('the usual share of lost probes', '平常线路探测丢失率'), percent),
  'probe.count': count(
    w('probes of the line are at hand', '有线路探测'),
    w('no probe of the line is at hand', '没有线路探测'),
  ),
  'dns.queries_unanswered': count(
    w("name queries that the site's router passes on stay without answer", '门店转发的域名查询无应答'),
    w('no name query of the site stays without answer', '门店的域名查询均有应答'),
  ),
  'dns.queries_answered': count(
    w('name queries of the site are answered', '门店的域名查询有应答'),
    w('no name query of the site is answered', '门店的域名查询均无应答'),
  ),
  'dns.elsewhere_unanswered': count(
    w('name queries of other sites stay without answer too', '其他门店的域名查询也无应答'),
    w('no name query of another site stays without answer', '其他门店的域名查询均有应答'),
  ),
  'dns.elsewhere_answered': count(
    w('name queries of other sites are answered', '其他门店的域名查询有应答'),
    w('no name query of another site is answered', '其他门店的域名查询均无应答'),
  ),
  'dns.server_logged': logged("the name server's log", '域名服务器日志'),
  'dns.server_silent': flag(
    w('the otherwise busy log of the name server falls silent', '平时繁忙的域名服务器日志静默'),
    w('the log of the name server goes on', '域名服务器日志持续'),
  ),
  'dns.server_saw_site': flag(
    w("the name server received this site's queries", '域名服务器收到该门店的查询'),
    w("the name server received none of this site's queries", '域名服务器没有收到该门店的查询'),
  ),
  'dns.site_lookup_failures': count(
    w('lookups of other terminals of the site run out too', '门店其他终端的解析也超时'),
    w('no lookup of another terminal of the site runs out', '门店其他终端的解析没有超时'),
  ),
  'dns.name_answered': flag(
    w('the name was answered with an address in these moments', '该时段域名已解析到地址'),
    w('the name was not answered with an address in these moments', '该时段域名未解析到地址'),
  ),
  'dns.failed_from_memory': flag(
    w('the failed lookups only repeat one that ran out just before', '失败的解析只是重复刚才超时的那一次'),
    w('a failed lookup follows none that ran out', '失败的解析之前没有超时的解析'),
  ),
  'change.upstream_route': flag(
    w('a route to what the gateway calls was set shortly before', '刚设置了通往网关上游的路由'),
    w('no route to what the gateway calls was set', '未设置通往网关上游的路由'),
  ),
  'dns.record_changed': flag(
    w('the name was given the dialled address shortly before', '该域名刚被改为所拨的地址'),
    w('the name was given another address than the dialled one', '该域名被改为与所拨不同的地址'),
  ),
  'dns.ip_changed': flag(
    w('the name leads to another address than before or after', '域名解析到的地址与前后不同'),
    w('the name leads to the same address as ever', '域名解析到的地址未变'),
  ),
  'dns.dialled_ip_not_answered': flag(
    w('no name server ever gave the address that was dialled', '所拨地址从未出现在解析应答中'),
    w('a name server gave the address that was dialled', '所拨地址来自解析应答'),
  ),
  'dial.endpoint_ok_usually': flag(
    w('others are served at the same address and port', '其他终端访问同一地址和端口正常'),
    w('nobody is ever served at this address and port', '从无终端在该地址和端口成功'),
  ),
  'dial.port_used_by_others': flag(
    w('other terminals dial the same port', '其他终端使用同一端口'),
    w('no other terminal dials this port', '没有其他终端使用该端口'),
  ),
  'dial.config_changed': flag(
    w('the terminal starts with another address or port than before or after', '终端启动时的地址或端口与前后不同'),
    w('the terminal starts with the same address and port as ever', '终端启动时的地址和端口未变'),
  ),
  'dial.limit_changed': flag(
    w('the terminal starts with another limit than before or after', '终端启动时的超时限制与前后不同'),
    w('the terminal starts with the same limit as ever', '终端启动时的超时限制未变'),
  ),
  'dial.ok_before_change': flag(
    w('it worked with the other settings', '使用另一配置时正常'),
    w('it did not work with the other settings either', '使用另一配置时也不正常'),
  ),
  'dial.ip_ok_others': flag(
    w('others are served at another address of the same name', '其他终端在同一域名的另一地址上正常'),
    w('nobody is served at another address of the name', '没有终端在该域名的其他地址上成功'),
  ),
  'lease.router_changed': flag(
    w('the default gateway handed out differs from the one before or after', '下发的默认网关与前后不同'),
    w('the default gateway handed out is the same as ever', '下发的默认网关未变'),
  ),
  'lease.renewed_before': flag(
    w('the terminal got its address just before', '终端刚刚获取或续租了地址'),
    w('the terminal has had its address for a while', '终端的地址早已获取'),
  ),
  'lease.network_works_inside': flag(
    w("the site's own network works inside", '门店内网正常'),
    w("the site's own network does not work inside either", '门店内网也不正常'),
  ),
  'change.version': flag(
    w('the program runs another version than before', '程序版本与之前不同'),
    w('the program runs the same version as before', '程序版本未变'),
  ),
  'transfer.goes_on': flag(
    w('a big transfer was going on at the site', '当时该门店正在进行大流量传输'),
    w('the big transfer at the site had ended', '该门店的大流量传输已结束'),
  ),
  'change.gateway_version': flag(
    w("the gateway's program runs another version than before", '网关程序版本与之前不同'),
    w("the gateway's program started again in the same version", '网关程序重启，版本未变'),
  ),
  'change.address': flag(
    w('the terminal has another address than before', '终端地址与之前不同'),
    w('the terminal has the same address as before', '终端地址未变'),
  ),
  'change.resolver': flag(
    w('the terminal has another name server than before', '终端的域名服务器与之前不同'),
    w('the terminal has the same name server as before', '终端的域名服务器未变'),
  ),
  'change.age_secs': measure(w('the time since the last change', '距最近一次变更的时间'), secs),
  'change.brackets': flag(
    w('it worked until that change and never since', '变更前正常，变更后再未成功'),
    w('the change does not separate success from failure', '变更前后成败没有分界'),
  ),
  'pace.one_at_a_time': flag(
    w('answers leave one by one at a fixed interval', '应答以固定间隔逐个返回'),
    w('answers do not leave at a fixed interval', '应答没有固定间隔'),
  ),
  'pace.rise': measure(w('the answer time, compared with a minute before,', '应答时间为一分钟前的倍数'), times),
  'pace.fall': measure(w('the answer time, compared with a minute later,', '应答时间为一分钟后的倍数'), times),
  'pace.rise_site': measure(
    w("the site's answer time, compared with a minute before,", '门店应答时间为一分钟前的倍数'),
    times,
  ),
  'pace.fall_site': measure(
    w("the site's answer time, compared with a minute later,", '门店应答时间为一分钟后的倍数'),
    times,
  ),
  'pace.rise_elsewhere': measure(
    w('the answer time of other sites, compared with a minute before,', '其他门店应答时间为一分钟前的倍数'),
    times,
  ),
  'pace.cut_age_ms': measure(
    w("the age at which all the site's connections are cut", '门店连接被统一切断时的时长'),
    ms,
  ),
  'site.router_silent': flag(
    w("the otherwise busy log of the site's router falls silent", '平时繁忙的门店路由器日志静默'),
    w("the log of the site's router goes on", '门店路由器日志持续'),
  ),
  'site.router_burst_after': flag(
    w("right after its silence the site's router logs a backlog", '静默后门店路由器记录积压'),
    w("the site's router logs no backlog afterwards", '之后门店路由器没有积压记录'),
  ),
  'join.stopped': choice(w('how far the request came', '请求到达何处'), {
    'before-gateway': w('the request never reached the gateway', '请求未到达网关'),
    'behind-gateway': w('the gateway sent the request on, the server never got it', '网关已转发，服务器未收到'),
    server: w('the server got the request and did not answer', '服务器收到请求但未应答'),
    'answer-behind-gateway': w(
      'the server answered, but too late or not as far as the gateway',
      '服务器已应答，但未及时到达网关',
    ),
    'answer-before-gateway': w(
      'the gateway passed the answer on, the terminal never got it',
      '网关已返回应答，终端未收到',
    ),
  }),
  'expect.host_all_fail': flag(
    w('the same host fails towards every service', '同一主机访问所有服务均失败'),
    w('the same host reaches other services', '同一主机可访问其他服务'),
  ),
  'expect.address_unknown': flag(
    w('nobody else uses the dialled address, and no name server gave it', '所拨地址无人使用，也不是解析结果'),
    w('the dialled address is a known one', '所拨地址为已知地址'),
  ),
  'expect.only_large_fail': flag(
    w('small messages pass, messages larger than a packet do not', '小报文正常，超过一个包的报文失败'),
    w('large messages pass too', '大报文也正常'),
  ),
  'expect.answer_only_here': flag(
    w("only this site's name server gives this address for the name", '只有该门店的域名服务器给出此地址'),
    w('other name servers give the same address', '其他域名服务器给出相同地址'),
  ),
  'coverage.terminal': logged("the terminal's own log", '终端日志'),
  'coverage.router': logged("a log of the site's router", '门店路由器日志'),
  'coverage.provider': logged("a log of the access provider's equipment", '运营商设备日志'),
  'coverage.gateway': logged("the gateway's log", '网关日志'),
  'coverage.server': logged("the server's log", '服务器日志'),
  'coverage.dns': logged("a name server's log", '域名服务器日志'),
  'coverage.host': logged("a system log of the terminal's host", '终端系统日志'),
  'coverage.monitor': logged('probes of the line', '线路探测'),
  'coverage.kinds': measure(w('the number of other kinds of log at hand', '其他可用日志种类数'), plain),
}
