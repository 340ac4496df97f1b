import type { Incident } from '../../schemas/incident.js'

/** The state of one alert: what is wrong now with one realm, cause, scope and scope_id, or was until now. */
export type AlertState = {
  /** Of realm, cause, scope and scope_id: stays while the incidents under it come and go. */
  readonly key: string
  readonly status: 'firing' | 'resolved'
  /** As it is known so far; its id may still change while verdicts wait for those before them. */
  readonly incident: Incident
}
