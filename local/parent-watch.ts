import { Socket } from 'node:net'

/** The pipe that the parent holds open and never writes to. */
export const PARENT_PIPE = 4

/**
 * Runs as a thread of a function's process and ends that process when its parent is gone, even while the function is busy in a
 * loop that no event can enter. The operating system closes the pipe when the parent dies, however it dies.
 */
new Socket({ fd: PARENT_PIPE, readable: true, writable: false })
  .on('close', () => process.kill(process.pid, 'SIGKILL'))
  .on('error', () => {})
  .resume()
