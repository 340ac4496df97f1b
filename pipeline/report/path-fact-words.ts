import type { Bilingual } from '../../schemas/rule.js'
import { flag } from './comparison-words.js'

const w = (en: string, zh: string): Bilingual => ({ en, zh })

/** What facts about the way to the gateway mean to an operator. */
export const PATH_FACT_WORDS = {
  'gateway.waited_for_client': flag(
    w('the gateway waited in vain for the next message of the handshake', '网关等待握手的下一条消息未果'),
    w('the gateway did not wait for a handshake', '网关未在等待握手'),
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
