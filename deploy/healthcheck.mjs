// Asks the process in this container whether it lives. Exit 0: yes; 1: no.
const port = process.env.WHYTIMEOUT_HEALTH_PORT ?? '9600'
try {
  const { ok } = await fetch(`http://127.0.0.1:${port}/healthz`, { signal: AbortSignal.timeout(4_000) })
  process.exitCode = ok ? 0 : 1
} catch {
  process.exitCode = 1
}
