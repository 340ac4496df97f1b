import type { Action } from '../../schemas/vocabulary.js'
import { gated } from './gate.js'
import { movedHost } from './moved-host.js'
import type { TextFacts } from './text.js'

/**
 * What programs say of themselves in the languages of those who write them: that they start, that their settings are read anew or changed, that they are
 * connected. The words are those of desks and tills met in the field; where a line says no more than such a word, it says too little to count.
 */
/** What is set, and within a few words what was done to it. */
const SETTINGS =
  'config\\w{0,12}|configura[cç][aã]o|configuraci[oó]n|par[aá]met(?:ros?|res?)|param[eè]tres|instellingen|asetukse?t|m[aä]{1,2}ritykset|inst[äa]llningar\\w{0,3}|indstillinger\\w{0,3}|innstillinger\\w{0,3}|konfigur\\w{0,12}|nastaven[íi]\\w{0,3}|ustawieni[ae]\\w{0,3}|be[áa]ll[íi]t[áa]s\\w{0,6}|postavk[aei]|set[ăa]ri(?:le)?|ayar(?:lar)?[ıi]?|yap[ıi]land[ıi]rma\\w{0,3}|einstellungen|impostazioni|ajustes|ρυθμίσε\\S{0,3}|настройк\\S{0,3}|конфигурац\\S{0,3}|параметр\\S{0,3}|c[ấa]u hình|cài đặt|thiết lập|pengaturan|設定(?:値|ファイル)?|配置|参数|설정(?:값|파일)?|การตั้งค่า'
const CHANGED =
  'reload\\w{0,3}|re-?read|recarg\\w{1,6}|recarreg\\w{1,6}|ricaric\\w{1,6}|recharg\\w{1,6}|relid[oa]s?|relu\\w{0,2}|cambi[aoó]\\w{0,4}|alterad[oa]s?|modifi[ceé]\\w{0,8}|actuali[sz]\\w{1,6}|atuali[sz]\\w{1,6}|aggiornat\\w|mise? à jour|neu (?:geladen|eingelesen)|ge[äa]ndert|aktualisiert|gewijzigd|herladen|bijgewerkt|(?:ladattu|luettu) uudelleen|p[äa]ivitet\\w{1,4}|muutet\\w{1,4}|muuttu\\w{1,6}|l[äa]st[es]? om|laddad[es]? om|oml[äa](?:dda|st)\\w{0,3}|[äa]ndra(?:d|de|t|ts|des)|uppdatera(?:d|de|t|ts|des)|genindl[æa]st|[æe]ndret|op(?:p)?datere?t|lastet p[åa] nytt|(?:znovu|opětovně) na[čc]ten\\w?|na[čc]ten\\w znovu|zm[ěe]n[ěe]n\\w?|aktuali[zs]ov[áa]n\\w?|prze[łl]adowan\\w|zmienion\\w|zaktualizowan\\w|(?:ponownie|znowu) wczytan\\w|wczytan\\w ponownie|[úu]jrat[öo]lt\\w{0,4}|(?:meg)?v[áa]ltoz\\w{1,4}|m[óo]dos(?:ult|[íi]tva)|friss(?:ült|[íi]tve)|ponovn?o u[čc]itan\\w|promijenjen\\w|izmijenjen\\w|a[žz]uriran\\w|re[îi]nc[ăa]rcat\\w{0,2}|schimbat\\w{0,2}|yeniden (?:y[üu]klendi|okundu)|de[ğg]i[şs](?:ti|tirildi)|g[üu]ncellen(?:di|mi[şs])|επαναφορτώ\\S{1,8}|άλλαξ\\S{1,4}|ενημερώθ\\S{1,6}|перезагружен\\S?|перечитан\\S?|измен[её]н\\S{0,2}|изменились|обновлен\\S?|nạp lại|tải lại|thay đổi|cập nhật|đã đổi|dimuat ulang|di(?:ubah|perbarui|baca ulang)|berubah|再(?:読み?込み?|読込|ロード)|(?:を|が)?(?:更新|変更|反映)(?!に失敗)|重(?:载|新加载|新读取)|(?:更新|变更)|다시 (?:읽|로드|불러)|재로드|변경|갱신|โหลดใหม่|เปลี่ยน'

const FORWARD = gated(new RegExp(`(?<![\\w-])(?:${SETTINGS})[^\\n=;.]{0,40}?(?<![A-Za-zÀ-ž])(?:${CHANGED})`, 'i'))
const BACKWARD = gated(new RegExp(`(?<![A-Za-zÀ-ž])(?:${CHANGED})[^\\n=;:.]{0,16}?(?<![\\w-])(?:${SETTINGS})`, 'i'))

const tellsOfChange = (text: string): boolean => FORWARD.test(text) || BACKWARD.test(text)

const STARTED = gated(
  /起動|시작(?:됨|됐|되었|했|합니다|완료)|khởi động|(?<![A-Za-zÀ-ž])(?:memulai|dimulai|başlatıld[ıi]|baslatildi|aç[ıi]ld[ıi]|indul|elindult|elindítva|k[äa]ynnist(?:yy|yi|etty|et[äa][äa]n)|startar|startas|starter|startet|opgestart|spu[šs]t[ěe]n[aoy]?|startuje|nastartov[aá]n[aoy]?|uruchomion[aoy]|uruchamianie|pokrenut[aoi]?|pokretanje|porne[șsş]te|pornit[ăa]?|zagnan[aoi]?|avvio|avviat[aoi]|d[ée]marrage|d[ée]marr[ée]e?|inicio|iniciad[oa]|arranque|arrancad[oa]|in[íi]cio)(?![A-Za-zÀ-ž])|εκκίνηση|ξεκίνησε|запущен|запуск|стартов|стартиран|เริ่มทำงาน/i,
)
const tellsOfStart = (text: string): boolean => STARTED.test(text)

const CONNECTED = gated(
  /接続(?:完了|しました|成功|確立)|(?:已连接|连接已建立)|연결(?:됨|됐|되었|성공|완료)|kết nối (?:thành công|xong)|đã kết nối|(?<![A-Za-zÀ-ž])(?:terhubung|tersambung|ba[ğg]land[ıi]|ba[ğg]lant[ıi] (?:kuruldu|a[çc][ıi]ld[ıi])|csatlakozva|kapcsol[óo]dva|kapcsolat l[ée]trej[öo]tt|po[łl][ąa]czono|po[łl][ąa]czenie nawi[ąa]zane|p[řr]ipojeno|pripojen[éeo]|spojen[íi] nav[áa]z[áa]no|verbunden|verbindung (?:hergestellt|aufgebaut|steht)|connexion [ée]tablie|connect[ée]e?|conectad[oa]|conexi[óo]n establecida|conex[ãa]o estabelecida|ligad[oa]|conness[oa]|connessione stabilita|ansluten|anslutning uppr[äa]ttad|tilkoble?t|forbundet|verbonden|yhdistetty|yhteys muodostettu|povezan[ao]?|veza uspostavljena|conectat|conexiune stabilit[ăa])(?![A-Za-zÀ-ž])|συνδέθηκε|подключ[её]н|соединение установлено|เชื่อมต่อสำเร็จ/i,
)
const NOT_CONNECTED =
  /\b(?:n[ãa]o|non|no|nicht|niet|inte|ikke|ei|nie|ne|nu|not|is|sin|tanpa|belum) (?:\S{1,12} )?(?=\S)(?:terhubung|verbunden|verbonden|conect|connect|conness|ansluten|tilkob|forbund|yhdist|povezan|po[łl][ąa]cz|ligad)|δεν |не |chưa |không |未/i
const tellsOfConnection = (text: string): boolean => CONNECTED.test(text) && !NOT_CONNECTED.test(text)

/** `port: 8583 -> 8853`, `pasarela.puerto 8443 -> 8444`, `key=port old=8583 new=8853` */
const MOVED_PORT = gated(
  /(?<![A-Za-zÀ-ž])(?:port(?:[oau]|i|ti|[ıu]|nummer|number)?|puerto|porta|poort|порт|θύρα|端口|ポート(?:番号)?|포트|cổng|kap[ıi]|prievadas)["']?\s?[:=]?\s?(?:from |de |von |z |с )?["']?(\d{2,5})["']?\s?(?:->|=>|→|to)\s?["']?(\d{2,5})\b/i,
)
const RENEWED_PORT = gated(
  /\bkey["']?[=:]\s?["']?(?:\w{1,24}[._])?port["']?[^\n]{0,24}\bold["']?[=:]\s?["']?(\d{2,5})["']?,? ?["']?new["']?[=:]\s?["']?(\d{2,5})\b|\b(?:\w{1,24}_)?port\d?["']?[ :]{1,2}old["']?[=:]\s?["']?(\d{2,5})["']?[ ,;]{1,2}["']?new["']?[=:]\s?["']?(\d{2,5})\b/i,
)
/** @returns the port that was dialled and the one that is from now on, where a text tells of the change */
export function movedPort(text: string): { readonly former: number; readonly port: number } | undefined {
  const [, ...found] = MOVED_PORT.exec(text) ?? RENEWED_PORT.exec(text) ?? []
  const [was, is] = found.filter((port) => port !== undefined)
  const [former, port] = [Number(was), Number(is)]
  return former > 0 && port > 0 && port <= 65_535 && former <= 65_535 ? { former, port } : undefined
}

/** Whoever manages terminals tells of one what is set there: `terminal=00500102 profile=pilot set host.port=18443`. */
const SET_PORT = gated(/\bset (?:\w{1,24}[._])?port["']?\s?[=:]\s?["']?(\d{2,5})\b(?! ?->)/i)
export function setPort(text: string): number | undefined {
  const port = Number(SET_PORT.exec(text)?.[1])
  return port > 0 && port <= 65_535 ? port : undefined
}

/** @returns what a program says of itself, where it is one of these; a start or a connection counts where the line says of what */
export function saidOfItself(gist: string, f: TextFacts): Action | undefined {
  const isSetAnew =
    f.stan === undefined && (movedPort(gist) ?? movedHost(gist) ?? f.formerResponseLimitMs) !== undefined
  if (isSetAnew || tellsOfChange(gist) || (f.terminal !== undefined && setPort(gist) !== undefined))
    return 'config-changed'
  const isWhole = f.port !== undefined && (f.domain ?? f.ip) !== undefined
  const isSet = isWhole || [f.version, f.connectLimitMs, f.responseLimitMs].some((v) => v !== undefined)
  if (isSet && f.stan === undefined && tellsOfStart(gist)) return 'program-started'
  return isWhole && f.ip !== undefined && f.stan === undefined && tellsOfConnection(gist)
    ? 'connect-succeeded'
    : undefined
}
