/** What tills say of their sales, in the languages that they are written in. */

/** That it went wrong, in the languages that tills are written in. */
export const WENT_WRONG =
  /\b(?:no se (?:pudo|ha podido|logr[oó])|no fue posible|n(?:ão|ao) (?:foi poss[ií]vel|consegui)|impossible d|non [eè] stato possibile|impossibile|konnte (?:\S{1,40} ){0,6}nicht|nicht m[öo]glich|nie (?:mo[żz]na|uda[łl]o)|kunde inte|kunne ikke|kon niet|nelze|nepoda[řr]ilo|nem siker[üu]lt|non riuscit|fallit[oa]|mislukt|fehlgeschlagen|gescheitert|[eé]chou[eé]|[eé]chec|fallid[oa]|fracas|falhou|falha\b|misslyck|mislyk|nieudan|nie powiod|ba[sş]ar[ıi]s[ıi]z|ep[aä]onnist|th[aấ]t b[aạ]i)|не удалось|не вдалося|ошибк|помилк|неудач|неуспе|不成功|失败|失敗|실패|(?:^|[^A-Za-zÀ-ž])(?:chyba|eroare|hiba|virhe|gagal|galat|gre[sš]ka|pogre[sš]ka|napaka|fout|fehler|erreur|erro|errore|fallo|fel|feil|fejl|b[lł][aą]d|hata|viga|k[lļ][uū]da|klaida|l[oỗ]i)(?![A-Za-zÀ-ž])|σφ[αά]λμα|грешка|ผิดพลาด|שגיאה|خطأ|خطا|त्रुटि|오류|エラー|错误|異常|异常/i

/** What was decided of a sale, in the languages that tills are written in. */
export const DECIDED =
  /(?<![A-Za-zÀ-ž])(?:approved|declined|aprobad[oa]|denegad[oa]|rechazad[oa]|cobrad[oa]|aprovad[oa]|negad[oa]|autorizad[oa]|genehmigt|abgelehnt|autorisiert|bezahlt|accept[eé]e?|aceptad[oa]|aceit[oa]|accettat[oa]|akzeptiert|approuv[eé]e?|autoris[eé]e?|refus[eé]e?|approvat[oa]|autorizzat[oa]|rifiutat[oa]|goedgekeurd|geweigerd|godk[äe]n[dt]t?|zatwierdzon[aeyo]|zaakceptowan[aeyo]|elfogad(?:va|ott)|j[óo]v[áa]hagy(?:va|ott)|elutas[íi]t(?:va|ott)|disetujui|ditolak|odrzucon[aeyo]|schv[aá]len[aáoy]?|zam[ií]tnut[aáoy]?|onaylan[a-zışğüöç]{1,6}|reddedil\w{1,4})(?![A-Za-zÀ-ž])|одобрен|отклонен|отклонён|схвален/iu

/** The sum of a sale, by its name in the languages that tills are written in. */
export const SUM =
  /\b(?:amount|amt|sum|total|montant|valor|importe?|importo|monto|betrag|bedrag|kwota|belopp|bel[oø]b|summa|tutar|[cč][aá]stka|сумма)(?:_?(?:minor|cents|cny|eur|usd))?["']?(?:\s?[=:]\s?["']?(?:[A-Z]{0,3}[$€£¥₩₹₺฿] ?|[A-Z]{3} )?\d|\s\d{1,9}(?:[.,]\d{1,3})?(?![\w.,%]))|(?:金额|金額|금액)\s?[=:：[]\s?\d/iu

/** And nothing but the number: `sale stan=171341`, `POST authorise trace=230479`. */
export const BARE_SALE =
  /(?:^|[\s:|>-])(?:(?:sale|refund|purchase|payment|authori[sz](?:e|ation)|transaction|txn|venta|venda|vente|verkauf)|POST [\w/.-]{2,60})[ :,#-]{1,3}(?:stan|trace|nsu|no|nr|number)?[ =:#]{0,2}\d{4,12}\s*$/i
