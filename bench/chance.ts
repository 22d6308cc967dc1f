/** Calls `act` again and again, each time after a wait that it gives itself, in milliseconds. @returns a function that ends it */
export function again(act: () => number): () => void {
  let timer: NodeJS.Timeout
  const next = () => {
    timer = setTimeout(next, act())
  }
  next()
  return () => clearTimeout(timer)
}

/** A number in `[from, to)`, each as likely as any other. */
export function between(from: number, to: number): number {
  return from + Math.random() * (to - from)
}
