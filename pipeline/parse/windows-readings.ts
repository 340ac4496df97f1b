import type { Reading } from './network-readings.js'

/**
 * What Windows says of a connection, in the languages it is sold in: FormatMessage of WSAETIMEDOUT, WSAECONNREFUSED, WSAECONNRESET, WSAEHOSTUNREACH and
 * WSAHOST_NOT_FOUND, which .NET, Java, Delphi and C programs print without the number; and the sentence that .NET Framework puts before them where data were read.
 * English stands with the other words of the common readings. Accents may have been lost with the character set: `.{1,2}` stands for them.
 * Source: message tables of ws2_32 and kernel32; .NET Framework resources, net_io_readfailure and net_timeout.
 */
const UNANSWERED = [
  'da die Gegenstelle nach einer bestimmten Zeitspanne nicht',
  'le parti connect.{1,2} n.{1,3}a pas r.{1,2}pondu convenablement',
  'la parte conectada no respondi.{1,2} adecuadamente',
  'Risposta non corretta della parte connessa',
  'o componente conectado n.{1,2}o respondeu corret',
  'o participante ligado n.{1,2}o respondeu corret',
  'от другого компьютера за требуемое время не получен',
  'połączona strona nie odpowiedziała',
  'de verbonden party niet correct heeft geantwoord',
  'den anslutna parten inte svarade',
  'připojená strana v časovém intervalu',
  'belli bir süre içinde yanıt vermediğinden',
  '連線對象有一段時間並未正確回應',
  '呼び出し先が一定の時間を過ぎても正しく応答しなかった',
  '연결된 구성원으로부터 응답이 없어',
].join('|')
const READING = [
  'Von der .{1,2}bertragungsverbindung k.{1,2}nnen keine Daten gelesen werden',
  'Impossible de lire les donn.{1,2}es de la connexion de transport',
  'No se pueden leer los datos de la conexi.{1,2}n de transporte',
  'Impossibile leggere i dati dalla connessione del trasporto',
  'N.{1,2}o .{1,2} poss.{1,2}vel ler (?:os )?dados da (?:conex.{1,2}o|liga.{2,4}o) de transporte',
  'Не удается прочитать данные из транспортного соединения',
  '(?:无法|無法)从传输连接中读取数据|無法從傳輸連接讀取資料',
  '転送接続からデータを読み取れません',
  '전송 연결에서 데이터를 읽을 수 없습니다',
].join('|')

export const WINDOWS_WORDS: readonly Reading[] = [
  {
    pattern: new RegExp(
      String.raw`(?:${READING})[^\n]{0,12}(?:[^\n]{0,200}(?:${UNANSWERED})|[^\n]{0,4}由于连接方在一段时间后)`,
      'i',
    ),
    ...{ action: 'response-timeout', phase: 'response', type: 'read' },
  },
  {
    pattern: new RegExp(UNANSWERED, 'i'),
    ...{ action: 'connect-timeout', phase: 'connect', type: 'connect' },
  },
  {
    pattern:
      /da der Zielcomputer die Verbindung verweigerte|car l.{1,3}ordinateur cible l.{1,3}a express.{1,2}ment refus|el equipo de destino deneg.{1,2} expresamente|Rifiuto persistente del computer di destinazione|a m.{1,2}quina de destino as recusou ativamente|конечный компьютер отверг запрос|komputer docelowy aktywnie (?:go|jej) odmawia|de doelcomputer de verbinding actief heeft geweigerd|目標電腦拒絕連線|対象のコンピューターによって拒否された|대상 컴퓨터에서 연결을 거부했으므로/i,
    ...{ action: 'connection-refused', phase: 'connect', type: 'ECONNREFUSED' },
  },
  {
    pattern:
      /vorhandene Verbindung wurde vom Remotehost geschlossen|connexion existante a d.{1,2} .{1,2}tre ferm.{1,2}e par l|interrupci.{1,2}n de una conexi.{1,2}n existente por el host remoto|interrotta forzatamente dall.{1,3}host remoto|cancelamento de uma conex.{1,2}o existente pelo host remoto|Удал.{1,2}нный хост принудительно разорвал|Istniejące połączenie zostało gwałtownie zamknięte|遠端主機已強制關閉|リモート ホストに強制的に切断され|원격 호스트에 의해 강제로 끊/i,
    action: 'connection-reset',
    type: 'ECONNRESET',
  },
  {
    pattern:
      /Der Host war bei einem Socketvorgang nicht erreichbar|socket a tent.{1,2} sur un h.{1,2}te impossible|operaci.{1,2}n de socket en un host no accesible|tentata un.{1,3}operazione socket verso un host non raggiungibile|opera.{2,4}o de soquete em um host inacess|套接字操作尝试一个无法连接的主机|到達できないホストに対して/i,
    ...{ action: 'host-unreachable', phase: 'connect', type: 'EHOSTUNREACH' },
  },
  {
    pattern:
      /Der angegebene Host ist unbekannt|Es ist kein solcher Host bekannt|H.{1,2}te inconnu|Host desconocido|Host sconosciuto|Este host n.{1,2}o .{1,2} conhecido|Этот хост неизвестен|Nieznany host|不知道这样的主机|無法識別這台主機|そのようなホストは不明です|알려진 호스트가 없습니다|Der Remotename konnte nicht aufgel|Le nom distant n.{1,3}a pas pu .{1,2}tre r.{1,2}solu|No se puede resolver el nombre remoto|Impossibile risolvere il nome remoto|O nome remoto n.{1,2}o p.{1,2}de ser resolvido|Невозможно разрешить удаленное имя|Nie można rozpoznać nazwy zdalnej|未能解析此?远程名称|無法解析遠端名稱|リモート名を解決できませんでした/i,
    ...{ action: 'dns-failed', phase: 'dns', type: 'name' },
  },
  // WebException: the limit of the whole request.
  {
    pattern:
      /Timeout f.{1,2}r (?:den )?Vorgang .{0,8}.{1,2}berschritten|Le d.{1,2}lai d.{1,3}attente de l.{1,3}op.{1,2}ration a expir|Se excedi.{1,2} el tiempo de espera de la operaci|Timeout dell.{1,3}operazione|O tempo limite da opera.{2,4}o (?:expirou|foi atingido)|操作がタイムアウトになりました|작업 시간이 초과되었습니다/i,
    ...{ action: 'response-timeout', phase: 'response', type: 'read' },
  },
]
