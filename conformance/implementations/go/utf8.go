package rckp

// validUpTo gives the length of the longest prefix that is well-formed UTF-8
// (TYPE-5, DEC-4; the algorithm of the chapter Decoding).
func validUpTo[T string | []byte](content T) int {
	i := 0
	for i < len(content) {
		more, low, high := 0, byte(0x80), byte(0xBF)
		switch b := content[i]; {
		case b <= 0x7F:
		case 0xC2 <= b && b <= 0xDF:
			more = 1
		case b == 0xE0:
			more, low = 2, 0xA0
		case b == 0xED:
			more, high = 2, 0x9F
		case 0xE1 <= b && b <= 0xEF:
			more = 2
		case b == 0xF0:
			more, low = 3, 0x90
		case b == 0xF4:
			more, high = 3, 0x8F
		case 0xF1 <= b && b <= 0xF3:
			more = 3
		default: // 80..C1 and F5..FF start nothing
			return i
		}
		if more >= len(content)-i { // ends inside the sequence
			return i
		}
		for k := 1; k <= more; k++ {
			if b := content[i+k]; b < low || high < b {
				return i
			}
			low, high = 0x80, 0xBF // only the second byte is special
		}
		i += more + 1
	}
	return i
}
