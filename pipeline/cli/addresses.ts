import { loadConfig } from '../run/config.js'
import { type Address, addressOf, DEFAULT_URL } from '../run/remote.js'
import type { Io, OptionSpec } from './command.js'

/** Options of commands that look at running processes. */
export const ADDRESS_OPTIONS = {
  config: {
    type: 'string',
    value: 'F.yml',
    about: { en: 'where its processes listen, and the token', zh: '从配置文件读取监听地址和令牌' },
  },
  url: {
    type: 'string',
    multiple: true,
    value: 'URL',
    about: {
      en: `http://host:port or unix:/path of a running process; default ${DEFAULT_URL}`,
      zh: `运行中进程的地址，http://host:port 或 unix:/path；默认 ${DEFAULT_URL}`,
    },
  },
} as const satisfies Readonly<Record<string, OptionSpec>>

/** Addresses given one by one, else those of the configuration, else the usual one. A token comes from the configuration or WHYTIMEOUT_TOKEN. */
export async function addressesOf(
  options: { readonly config: string | undefined; readonly url: readonly string[] },
  io: Io,
): Promise<readonly Address[]> {
  const { config: path, url } = options
  const token = io.env.WHYTIMEOUT_TOKEN
  if (path === undefined) return (url.length > 0 ? [...new Set(url)] : [DEFAULT_URL]).map((u) => ({ url: u, token }))
  const config = await loadConfig(path, io.env)
  if (url.length === 0) return [addressOf(config, path)]
  return [...new Set(url)].map((u) => ({ url: u, token: config.http?.token ?? token }))
}
