import type { Bilingual } from '../../schemas/rule.js'
import { flag, measure } from './comparison-words.js'

const w = (en: string, zh: string): Bilingual => ({ en, zh })

const ms = (n: number): Bilingual => (n >= 1000 ? w(`${n / 1000} s`, `${n / 1000}秒`) : w(`${n} ms`, `${n}毫秒`))
const times = (n: number): Bilingual => w(`${n} times`, `${n}倍`)
const unit =
  (name: string) =>
  (n: number): Bilingual =>
    w(`${n} ${name}`, `${n} ${name}`)

/** What facts about the way to the gateway mean to an operator. */
export const PATH_FACT_WORDS = {
  'gateway.waited_for_client': flag(
    w('the gateway waited in vain for the next message of the handshake', '网关等待握手的下一条消息未果'),
    w('the gateway did not wait for a handshake', '网关未在等待握手'),
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
  'transfer.fails_since': flag(
    w('attempts of the site fail since a big transfer began', '大流量传输开始后门店的交易才失败'),
    w('attempts of the site failed before the transfer too', '传输开始前门店的交易已有失败'),
  ),
  'lease.address_shared': flag(
    w("two devices answer for the terminal's address", '两台设备占用该终端的地址'),
    w("one device has the terminal's address", '该终端的地址只属于一台设备'),
  ),
  'guard.bans_caller': flag(
    w("a guard at the gateway had the site's address on its list", '网关侧防护程序已封禁该门店的地址'),
    w("no guard had the site's address on its list", '没有防护程序封禁该门店的地址'),
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
