/**
 * What GLib's log writer puts before the time of a line: program and process id, domain and level, `**` for what is worse than a message.
 * Source: glib/gmessages.c, g_log_writer_format_fields.
 */
export const GLIB_HEAD =
  /^(?=\(|\*\* )(?:\*\* )?(?:\([^()\s:]{1,64}:\d{1,10}\): )?(?:(?<logger>[\w.-]{1,48})-)?(?<level>ERROR|CRITICAL|WARNING|Message|INFO|DEBUG)(?: \*\*)?: (?=\d\d)/
