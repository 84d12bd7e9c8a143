// The runner with marks: these two are evaluated one after the other.
import './profile-marks.mjs'
import '../packages/sandbox/build/runner/main.js'
