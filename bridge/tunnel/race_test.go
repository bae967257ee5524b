//go:build race

package tunnel

// raceDetector is on: memory is several times what it is without.
const raceDetector = true
