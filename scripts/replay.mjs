// npm run replay -- <folder>: what models really wrote, as it was recorded: does the agent find the same code in it, and does
// that code come to the same here? With --m3: tasks with tools, solved by solutions that were written before.
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { PyodideSandbox } from 'agentchat-sandbox'
import { runTasks } from './m3/run-tasks.mjs'
import { solutionsIn } from './m3/solutions.mjs'
import { extractorReport } from './replay/extractor-report.mjs'
import { recordedRuns } from './replay/recorded-runs.mjs'
import { replayRuns } from './replay/replay-runs.mjs'

/** The strong ones among the recorded. */
const DEFAULT_MODELS = 'gpt-4-0613,gpt-3.5-turbo-0613,claude-2,Meta-Llama-3-70B-Instruct'

const SOLUTIONS = fileURLToPath(new URL('m3/solutions', import.meta.url))

const HELP = `Usage: npm run replay -- [options] <folder>

The folder holds files results.jsonl, in the layout of data/outputs of the public repository xingyaoww/mint-bench: below a
folder for each model, a line for each run, with the messages in state.history.

All recorded turns go through the extractor, with the tag that they were written for. Then the runs of the models that are
named, of which all code needs the standard library alone, are executed in live sessions, and what came is compared with what was
recorded: output, value, and class of the exception.

With --m3 the folder holds tasks in the layout of scripts/eval/m3tooleval/tasks/impl of the public repository
xingyaoww/code-act. Their tools are functions of the agent's code. Each is solved twice, by a model that says what was written
before: the solution in one message, and then each call that it made in a message of its own.

Options:
  --m3                 solve tasks with tools
  --solutions <folder> in place of those in scripts/m3/solutions
  --models <a,b>       whose runs are executed (default ${DEFAULT_MODELS})
  --runs <n>           runs that are executed at most (default: all)
  --jobs <n>           sessions at the same time (default 2)
  --timeout <seconds>  limit for each piece of code (default 30)
  --differences        print each difference with its reason
  -h, --help           this text

Exit code: 0 at least 99.9 % of recorded code is found and 99 % of actions came to the same, or all tasks are solved with half
the turns and half the bytes; else 1; 2 wrong usage.`

function readOptions(args) {
  const { values, positionals } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      m3: { type: 'boolean', default: false },
      solutions: { type: 'string', default: SOLUTIONS },
      models: { type: 'string', default: DEFAULT_MODELS },
      runs: { type: 'string', default: 'Infinity' },
      jobs: { type: 'string', default: '2' },
      timeout: { type: 'string', default: '30' },
      differences: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const [runs, jobs, timeoutSeconds] = [values.runs, values.jobs, values.timeout].map(Number)
  if (!values.help && (positionals.length !== 1 || !(runs >= 0 && jobs >= 1 && timeoutSeconds > 0)))
    throw new TypeError('Cannot replay: name one folder, and numbers for --runs, --jobs and --timeout')
  return { ...values, folder: positionals[0], models: values.models.split(','), runs, jobs, timeoutSeconds }
}

async function solveTasks({ folder, solutions }) {
  const sandbox = new PyodideSandbox({ timeoutSeconds: 30, pool: { min: 0, max: 2 } })
  try {
    const { right, tasks, turns, bytes, wrong } = await runTasks(sandbox, folder, solutionsIn(solutions))
    const shares = [turns, bytes].map(([whole, singly]) => whole / singly)
    console.log(`tasks: ${tasks}, of which ${right} are solved`)
    for (const each of wrong) console.log(`  ${each}`)
    for (const [name, [whole, singly], share] of [
      ['turns of the model', turns, shares[0]],
      ['bytes to and from it', bytes, shares[1]],
    ])
      console.log(`  ${name.padEnd(22)} ${whole}, one call a turn: ${singly} (${(100 * share).toFixed(1)} %)`)
    return tasks > 0 && right === tasks && shares.every((share) => share <= 0.5) ? 0 : 1
  } finally {
    await sandbox.close()
  }
}

async function main(options) {
  const runs = [...recordedRuns(options.folder)]
  const found = extractorReport(runs)
  console.log(found.text)
  const sandbox = new PyodideSandbox({ timeoutSeconds: options.timeoutSeconds, pool: { min: 1, max: 8 } })
  try {
    const replayed = await replayRuns(sandbox, runs, options)
    console.log(replayed.text)
    if (options.differences)
      for (const each of replayed.differences) console.log(JSON.stringify(each, null, 1))
    return found.share >= 0.999 && replayed.share >= 0.99 ? 0 : 1
  } finally {
    await sandbox.close()
  }
}

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else process.exitCode = await (options.m3 ? solveTasks(options) : main(options))
} catch (error) {
  process.stderr.write(`replay: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = 2
}
