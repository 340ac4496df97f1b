import type { Bilingual } from '../../schemas/rule.js'
import { choice, flag, measure, words } from './comparison-words.js'

const w = (en: string, zh: string): Bilingual => ({ en, zh })
const secs = (n: number): Bilingual => w(`${n} s`, `${n}秒`)

const ms = (n: number): Bilingual => (n >= 1000 ? w(`${n / 1000} s`, `${n / 1000}秒`) : w(`${n} ms`, `${n}毫秒`))
const times = (n: number): Bilingual => w(`${n} times`, `${n}倍`)
const unit =
  (name: string) =>
  (n: number): Bilingual =>
    w(`${n} ${name}`, `${n} ${name}`)

/** What facts about the way to the gateway mean to an operator. */
export const PATH_FACT_WORDS = {
  'episode.stand_in': choice(w('what stands in for an attempt', '代替交易的记录'), {
    'health-check': w('a health check is all that ran out', '仅有健康检查超时'),
    resolver: w('a name server asked for others in vain', '域名服务器代客户端查询未果'),
    system: w('the operating system looked a name up in vain', '操作系统的域名查询未果'),
  }),
  'episode.words': words(w('its own lines say', '其日志写明')),
  'own.pool_empty': flag(
    w("the program's own pool of connections was used up", '程序自身的连接池已用尽'),
    w("the program's own pool had free connections", '程序自身的连接池仍有空闲连接'),
  ),
  'own.answer_slow': flag(
    w('of the answer little came until the limit ran out', '到时限为止只收到少量应答数据'),
    w('of the answer much came until the limit ran out', '到时限为止已收到大量应答数据'),
  ),
  'own.workers_short': flag(
    w("more of the program's own threads were busy than it keeps ready", '程序自身繁忙线程数超过最小线程数'),
    w('the program had threads to spare', '程序仍有空闲线程'),
  ),
  'dial.address_kind': choice(w('what the dialled address is', '所拨地址的类型'), {
    'own-host': w('the dialled address is the own host', '所拨地址是本机'),
    metadata: w("the dialled address is a cloud's metadata service", '所拨地址是云平台的元数据服务'),
    'link-local': w('the dialled address is link-local', '所拨地址是链路本地地址'),
    emulator: w('the dialled address is the host behind an Android emulator', '所拨地址是安卓模拟器的宿主机地址'),
    container: w("the dialled address is of Docker's own bridge", '所拨地址属于Docker默认网桥'),
    private: w('the dialled address is a private one', '所拨地址是私有地址'),
    shared: w("the dialled address is of a carrier's shared range", '所拨地址属于运营商共享地址段'),
    outside: w('the dialled address is a public one', '所拨地址是公网地址'),
  }),
  'dial.from_other_network': flag(
    w(
      'the dialled address is private, and the own address is of another range',
      '所拨地址是私有地址，而本机地址属于另一地址段',
    ),
    w('both addresses are in one network', '两端地址在同一网络'),
  ),
  'dial.former_endpoint_serves': flag(
    w('others are served at the endpoint that its settings named before', '其他终端在其原先配置的端点上正常'),
    w('it was served since its settings changed', '配置变更后该终端曾成功'),
  ),
  'site.link_away': flag(
    w("a link of the site's box is down, and nobody there was served since", '门店设备的链路已断开，此后该店无人成功'),
    w("the links of the site's box are up", '门店设备的链路均已连通'),
  ),
  'site.route_away': flag(
    w(
      "a route or watched target of the site's box is lost, and nobody there was served since",
      '门店设备丢失路由或探测目标，此后该店无人成功',
    ),
    w("the routes of the site's box stand", '门店设备的路由正常'),
  ),
  'site.tunnel_away': flag(
    w(
      "a tunnel of the site's box is down, and nobody there was served since",
      '门店设备的隧道已断开，此后该店无人成功',
    ),
    w("the tunnels of the site's box are up", '门店设备的隧道正常'),
  ),
  'gateway.route_away': flag(
    w('a route of the gateway is lost, and it served nobody since', '网关丢失路由，此后无交易成功'),
    w('the routes of the gateway stand', '网关的路由正常'),
  ),
  'expect.idle_separates': flag(
    w('at the site only connections that were quiet for long fail', '该店只有空闲较久的连接失败'),
    w('connections that were quiet for long work too', '空闲较久的连接也正常'),
  ),
  'dial.address_serves_nobody': flag(
    w(
      'nobody is served at the address dialled, others are at another one of the name',
      '所连地址无人成功，同一域名的其他地址正常',
    ),
    w('others are served at the address dialled', '所连地址上他人成功'),
  ),
  'dial.address_serves_others': flag(
    w('others were served at the address dialled meanwhile', '同一时间他人在所连地址上成功'),
    w('nobody was served at the address dialled meanwhile', '同一时间所连地址上无人成功'),
  ),
  'dial.own_other_port_ok': flag(
    w('this terminal is served at another port and never at this one', '该终端访问其他端口正常，仅此端口不通'),
    w('this terminal is served at this port too, or at none', '该终端此端口也有成功，或其他端口也失败'),
  ),
  'dial.moved_port': flag(
    w('it left a port where it and others are served for this one', '该终端改用此端口，而其与他人此前使用的端口仍正常'),
    w('it kept its port', '端口未变'),
  ),
  'dial.limit_lowered': flag(
    w('its limit is less than half of what it was before the last start', '最近一次启动后超时时限降至原来的一半以下'),
    w('its limit is about what it was before', '超时时限与之前相近'),
  ),
  'gateway.answered_late': flag(
    w('the gateway had the answer after the terminal had given up', '终端放弃后网关才给出应答'),
    w('the gateway answered in time', '网关及时应答'),
  ),
  'gateway.one_upstream_silent': flag(
    w(
      'one of the servers behind the gateway answers nobody, the others do',
      '网关后的一台服务器不应答任何请求，其余正常',
    ),
    w('the servers behind the gateway answer alike', '网关后的各服务器应答情况相同'),
  ),
  'gateway.new_upstream_silent': flag(
    w(
      'the gateway calls an upstream that it never called before and that never answered',
      '网关连接的上游此前从未使用，且从未应答',
    ),
    w('the gateway called this upstream before', '网关此前使用过该上游'),
  ),
  'dns.one_server_silent': flag(
    w('one of the name servers was silent while another went on', '一台域名服务器静默而另一台正常'),
    w('no name server was silent', '没有域名服务器静默'),
  ),
  'lease.asks_in_vain': flag(
    w('it asks its own wire for an address that nobody there has', '它在本地网络查询一个无人持有的地址'),
    w('whom it asks for on its own wire is there', '它在本地网络查询的地址有应答'),
  ),
  'lease.dialled_in_own_network': flag(
    w('its own network, which it was given, holds the address it dials', '其所获网段包含所拨地址'),
    w('the address it dials lies outside its own network', '所拨地址在其网段之外'),
  ),
  'change.own_command': choice(w('what a command changed on this host', '本机命令修改的内容'), {
    address: w('a command changed the address on this host', '本机命令修改了地址'),
    route: w('a command changed a route on this host', '本机命令修改了路由'),
    interface: w('a command changed an interface on this host', '本机命令修改了接口'),
    segment: w('a command changed a VLAN or bridge on this host', '本机命令修改了VLAN或网桥'),
    dns: w('a command changed the name service on this host', '本机命令修改了域名服务'),
    dhcp: w('a command changed address assignment on this host', '本机命令修改了DHCP'),
    mtu: w('a command changed the packet size on this host', '本机命令修改了MTU'),
    nat: w('a command changed address translation on this host', '本机命令修改了地址转换'),
    filter: w('a command changed the filter on this host', '本机命令修改了过滤规则'),
    limit: w('a command changed a limit on this host', '本机命令修改了限值'),
    other: w('a command changed the network settings on this host', '本机命令修改了网络设置'),
  }),
  'change.own_command_age_secs': measure(w('the time since that command', '距该命令的时间'), secs),
  'change.own_brackets': flag(
    w('the terminal was served until that command and never since', '该终端在该命令前正常，之后再未成功'),
    w('that command does not separate success from failure', '该命令前后成败没有分界'),
  ),
  'change.box': choice(w('what was changed on a box on the way', '途中设备变更的内容'), {
    address: w('an address was changed on a box on the way', '途中设备的地址被修改'),
    route: w('a route was changed on a box on the way', '途中设备的路由被修改'),
    nat: w('address translation was changed on a box on the way', '途中设备的地址转换被修改'),
    segment: w('a VLAN or bridge was changed on a box on the way', '途中设备的VLAN或网桥被修改'),
    interface: w('an interface was changed on a box on the way', '途中设备的接口被修改'),
    dhcp: w('address assignment was changed on a box on the way', '途中设备的DHCP被修改'),
    dns: w('the name service was changed on a box on the way', '途中设备的域名服务被修改'),
    mtu: w('the packet size was changed on a box on the way', '途中设备的MTU或MSS被修改'),
    filter: w('a filter or policy was changed on a box on the way', '途中设备的过滤规则或策略被修改'),
    limit: w('a limit was changed on a box on the way', '途中设备的限制被修改'),
    other: w('something was changed on a box on the way', '途中设备有配置变更'),
  }),
  'change.box_role': choice(w('what that box is', '该设备的类型'), {
    router: w("it was the site's router", '该设备是门店路由器'),
    provider: w("it was the access provider's box", '该设备属于运营商'),
    gateway: w('it was the gateway', '该设备是网关'),
    unknown: w('nobody says whose box it was', '该设备归属不明'),
  }),
  'change.box_age_secs': measure(w('the time since that change', '距该变更的时间'), secs),
  'change.box_brackets': flag(
    w('the terminal was served until that change and never since', '该终端在变更前正常，变更后再未成功'),
    w('that change does not separate success from failure', '该变更前后成败没有分界'),
  ),
  'gateway.waited_for_client': flag(
    w('the gateway waited in vain for the next message of the handshake', '网关等待握手的下一条消息未果'),
    w('the gateway did not wait for a handshake', '网关未在等待握手'),
  ),
  'probe.never_answered': flag(
    w('no probe was answered at any time', '所有探测在任何时候都无应答'),
    w('probes are answered at other times', '其他时段探测有应答'),
  ),
  'probe.one_target_lost': flag(
    w(
      'one probed target is silent while another answers over the same line',
      '同一线路上一个探测目标无应答而另一个正常',
    ),
    w('all probed targets fare alike', '各探测目标情况一致'),
  ),
  'probe.only_large_lost': flag(
    w('large probes of the line are lost while small ones come back', '线路的大包探测丢失而小包正常'),
    w('large probes of the line come back too', '线路的大包探测也正常'),
  ),
  'probe.rtt_ms': measure(w('the round trip on the line', '线路往返时间'), ms),
  'path.tcp_rtt_ms': measure(
    w("the round trip that the gateway's TCP measured to the site", '网关TCP测得的门店往返时间'),
    ms,
  ),
  'path.tcp_rtt_ratio': measure(
    w("the round trip that the gateway's TCP measured, compared with the usual,", '网关TCP测得的往返时间为平常的倍数'),
    times,
  ),
  'path.outside_times': measure(
    w('what exchanges of the site take, compared with their time at the gateway,', '门店交易耗时为网关侧耗时的倍数'),
    times,
  ),
  'path.outside_times_elsewhere': measure(
    w('the same comparison at other sites', '其他门店交易耗时为网关侧耗时的倍数'),
    times,
  ),
  'radio.level_dbm': measure(w('the radio signal', '无线信号强度'), unit('dBm')),
  'radio.fall_db': measure(w('the fall of the radio signal below the usual', '无线信号比平常下降'), unit('dB')),
  'link.up_again': flag(
    w("the link that the site's box had lost was up again before the attempt", '门店设备断开的链路在该次尝试前已恢复'),
    w("the link that the site's box lost was not up yet", '门店设备断开的链路尚未恢复'),
  ),
  'link.others_served': flag(
    w("others of the site are served while that link of the site's box is down", '该链路断开期间同店其他终端交易正常'),
    w('nobody of the site is served while that link is down', '该链路断开期间同店无一交易成功'),
  ),
  'change.gateway_brackets': flag(
    w('it worked until the gateway was updated, and not since', '网关更新前正常，此后一直失败'),
    w('it failed before the gateway was updated, or worked since', '网关更新前已失败，或更新后仍有成功'),
  ),
  'change.gateway_restart_brackets': flag(
    w(
      "it fails ever since the gateway's program started anew, while others are served",
      '自网关程序重启起一直失败，而其他终端正常',
    ),
    w("it has succeeded since the gateway's program started anew", '网关程序重启后曾成功'),
  ),
  'job.under_way': flag(
    w(
      'a job of its own (backup, update, scan) was under way on this host',
      '本机的后台任务（备份、更新、扫描）正在进行',
    ),
    w('the job of its own on this host had ended', '本机的后台任务已结束'),
  ),
  'job.gateway_under_way': flag(
    w('a job (backup, archive, update) was under way on the gateway', '网关上的后台任务（备份、归档、更新）正在进行'),
    w('the job on the gateway had ended', '网关上的后台任务已结束'),
  ),
  'job.server_under_way': flag(
    w(
      'a job (backup, archive, update) was under way on a server behind the gateway',
      '网关后端服务器上的后台任务（备份、归档、更新）正在进行',
    ),
    w('the job on the server behind the gateway had ended', '网关后端服务器上的后台任务已结束'),
  ),
  'transfer.is_attempt': flag(
    w('what ran out is the transfer itself', '超时的正是该传输本身'),
    w('the transfer is beside the attempt', '传输与该交易并行'),
  ),
  'transfer.attempt_slow': flag(
    w('that transfer was slow by its own count', '该传输自报速率很低'),
    w('that transfer was not slow by its own count', '该传输自报速率不低'),
  ),
  'transfer.fails_since': flag(
    w('attempts of the site fail since a big transfer began', '大流量传输开始后门店的交易才失败'),
    w('attempts of the site failed before the transfer too', '传输开始前门店的交易已有失败'),
  ),
  'site.address_contested': flag(
    w(
      "a second device at the site claims an address that is not its own, such as the router's",
      '门店内另一设备占用了不属于它的地址（如路由器地址）',
    ),
    w('no second device at the site claims such an address', '门店内没有其他设备占用此类地址'),
  ),
  'lease.address_shared': flag(
    w("two devices answer for the terminal's address", '两台设备占用该终端的地址'),
    w("one device has the terminal's address", '该终端的地址只属于一台设备'),
  ),
  'guard.bans_caller': flag(
    w("a guard at the gateway had the site's address on its list", '网关侧防护程序已封禁该门店的地址'),
    w("no guard had the site's address on its list", '没有防护程序封禁该门店的地址'),
  ),
  'guard.is_providers': flag(
    w("the guard is the access provider's", '该防护属于运营商'),
    w("the guard is not the access provider's", '该防护不属于运营商'),
  ),
  'guard.ban_over': flag(
    w('the guard had taken the address off its list before', '此前封禁已解除'),
    w('the guard had the address still on its list', '封禁尚未解除'),
  ),
  'expect.only_handshakes_stall': flag(
    w(
      'all TLS handshakes of the terminal stall, while short messages of its site pass',
      '该终端的TLS握手全部停滞，而同店短报文正常',
    ),
    w('not only TLS handshakes fail, or not only here', '失败的不只是TLS握手，或不只在此处'),
  ),
}
