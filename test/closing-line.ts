import type { Reporter, TestModule } from 'vitest/node'

/** Ends a run with one plain line, `tests: N passed, N failed, N skipped`, for programs that read the log. */
export default class ClosingLine implements Reporter {
  onTestRunEnd(modules: ReadonlyArray<TestModule>): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()])
    const count = (state: string) => tests.filter((test) => test.result().state === state).length
    const brokenModules = modules.filter((module) => module.state() === 'failed' && module.errors().length > 0).length
    process.on('exit', () => {
      console.log(
        `tests: ${count('passed')} passed, ${count('failed') + brokenModules} failed, ${count('skipped')} skipped`,
      )
    })
  }
}
