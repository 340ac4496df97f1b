import { INDICES } from '../../schemas/elasticsearch.js'

type Privileges = {
  readonly cluster: readonly string[]
  readonly indices: readonly { readonly names: readonly string[]; readonly privileges: readonly string[] }[]
}

const names = Object.values(INDICES).map((i) => i.pattern)

/**
 * The least that suffices. Writer: reads the templates' `_meta` at start, makes indices from them, stores and deletes, cannot search.
 * Reader: what Kibana and `search` need. Keeper: what `retention` needs.
 */
export const ROLES: Readonly<Record<'writer' | 'reader' | 'keeper', Privileges>> = {
  writer: { cluster: ['monitor'], indices: [{ names, privileges: ['auto_configure', 'index', 'delete'] }] },
  reader: { cluster: [], indices: [{ names, privileges: ['read', 'view_index_metadata'] }] },
  keeper: { cluster: [], indices: [{ names, privileges: ['view_index_metadata', 'delete_index'] }] },
}

/** Requests that make a role, and an API key that may do just that. */
export const roleRequests = (): readonly { readonly request: string; readonly body: object }[] =>
  Object.entries(ROLES).flatMap(([name, privileges]) => [
    { request: `PUT /_security/role/whytimeout_${name}`, body: privileges },
    { request: 'POST /_security/api_key', body: apiKeyBody(name as keyof typeof ROLES) },
  ])

export const apiKeyBody = (role: keyof typeof ROLES) => ({
  name: `whytimeout-${role}`,
  role_descriptors: { [`whytimeout_${role}`]: ROLES[role] },
})
