package emulator

import (
	"strconv"
	"strings"
)

// codeRanges reads a matcher such as 200, 200,202 or 200-299,301.
func codeRanges(matcher string) (ranges [][2]int, ok bool) {
	for part := range strings.SplitSeq(matcher, ",") {
		low, high, isRange := strings.Cut(part, "-")
		if !isRange {
			high = low
		}
		from, err := strconv.Atoi(low)
		to, err2 := strconv.Atoi(high)
		if err != nil || err2 != nil || from > to || from < 200 || to > 599 {
			return nil, false
		}
		ranges = append(ranges, [2]int{from, to})
	}
	return ranges, true
}

func validMatcher(matcher string) bool {
	_, ok := codeRanges(matcher)
	return ok
}

func takesCode(matcher string, code int) bool {
	ranges, _ := codeRanges(matcher)
	for _, r := range ranges {
		if code >= r[0] && code <= r[1] {
			return true
		}
	}
	return false
}

// codeIn finds the response code in the description of a failed check:
// "Health checks failed with these codes: [503]".
func codeIn(description string) (int, bool) {
	_, rest, found := strings.Cut(description, "[")
	digits, _, closed := strings.Cut(rest, "]")
	code, err := strconv.Atoi(digits)
	return code, found && closed && err == nil
}
