import { DataDir } from '../../local/data-dir.ts'

/** Takes the folder in the first argument and keeps it. */
const held = DataDir.take(`${process.argv[2]}`)
held.announce({ pid: process.pid, startedAt: '2026-05-01T10:00:00Z' })
process.send?.('taken')
setInterval(() => held.path, 60_000)
