package zstd

import (
	"math/bits"
	"slices"
)

// maxPacked is the longest description of packed weights in bytes.
const maxPacked = 127

// appendPacked writes the first n weights with an FSE code; nil if that cannot
// be done, because all are the same or it would be too long.
func (c *prefixCode) appendPacked(b []byte, n int) []byte {
	weights := make([]int, n)
	for s := range weights {
		weights[s] = c.weight(s)
	}
	counts := normalize(weights)
	t, ok := newFSETable(counts, maxWeightLog)
	if !ok || slices.Max(counts) == 1<<maxWeightLog {
		return nil
	}
	w := writer{b: describe(counts, maxWeightLog)}
	states := [2]int{-1, -1} // they take turns, the first one begins
	for i, weight := range slices.Backward(weights) {
		states[i%2] = w.transition(t, weight, states[i%2])
	}
	w.write(states[1], maxWeightLog)
	w.write(states[0], maxWeightLog)
	packed := w.end()
	if len(packed) > maxPacked {
		return nil
	}
	return append(append(b, byte(len(packed))), packed...)
}

// normalize returns how often each value occurs, of 1<<maxWeightLog in all, and
// at least once if at all.
func normalize(values []int) []int {
	const sum = 1 << maxWeightLog
	counts := make([]int, slices.Max(values)+1)
	for _, v := range values {
		counts[v]++
	}
	left, most := sum, 0
	for v, n := range counts {
		if n > 0 {
			counts[v] = max(n*sum/len(values), 1)
		}
		left -= counts[v]
		if counts[v] > counts[most] {
			most = v
		}
	}
	counts[most] += left // never all of it: there are 12 weights
	return counts
}

// describe writes what readFSETable reads.
func describe(counts []int, log int) []byte {
	var w writer
	w.write(log-5, 4)
	left := 1 << log
	for i := 0; left > 0; i++ {
		n := bits.Len(uint(left + 1))
		low, few := 1<<(n-1)-1, 1<<n-1-(left+1)
		switch v := counts[i] + 1; {
		case v < few:
			w.write(v, n-1)
		case v <= low:
			w.write(v, n)
		default:
			w.write(v+few, n)
		}
		left -= counts[i]
		if counts[i] == 0 {
			zeros := 0
			for counts[i+1+zeros] == 0 {
				zeros++
			}
			i += zeros
			for ; zeros >= 3; zeros -= 3 {
				w.write(3, 2)
			}
			w.write(zeros, 2)
		}
	}
	if w.count > 0 {
		w.write(0, 8-w.count)
	}
	return w.b
}
