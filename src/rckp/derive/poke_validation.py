"""The part of `spec/rckp.pk` that is the same for every layout: the checks of a part.

`PREFIX` and `FUNCTION` stand for the name of the layout. The end of the function is derived from
the layout, in poke.py.
"""

VALIDATION = """\
/* The first error of a file. The code is "" for a valid file. For "truncated", `wanted` is the
   size of the part that is incomplete, and `available` the number of its bytes that exist. */
type PREFIX_error =
  struct
  {
    string code;
    string field;
    offset<uint<64>,B> at;
    uint<64> wanted;
    uint<64> available;

    method _print = void:
    {
      if (code == "")
        print "valid";
      else if (code == "truncated")
        printf ("%s: %s at byte %u64d, %u64d bytes wanted, %u64d available",
                field, code, at / #B, wanted, available);
      else
        printf ("%s: %s at byte %u64d", field, code, at / #B);
    }
  };

/* Return how many bytes of an IO space are well-formed UTF-8, from `start` to at most `stop`. */
fun FUNCTION_utf8 = (int<32> ios, uint<64> start, uint<64> stop) uint<64>:
{
  var at = start;
  while (at < stop)
    {
      var lead = byte @ ios : at#B;
      if (lead < 0x80)
        {
          at += 1;
          continue;
        }
      var more = (lead >= 0xc2 && lead <= 0xdf) ? 1UL
                 : (lead >= 0xe0 && lead <= 0xef) ? 2UL
                 : (lead >= 0xf0 && lead <= 0xf4) ? 3UL : 0UL;
      if (more == 0 || stop - at <= more)
        return at - start;
      var low = (lead == 0xe0) ? 0xa0UB : (lead == 0xf0) ? 0x90UB : 0x80UB;
      var high = (lead == 0xed) ? 0x9fUB : (lead == 0xf4) ? 0x8fUB : 0xbfUB;
      for (var i = 1UL; i <= more; i += 1)
        {
          var next = byte @ ios : (at + i)#B;
          if (next < low || next > high)
            return at - start;
          low = 0x80UB;
          high = 0xbfUB;
        }
      at += more + 1;
    }
  return stop - start;
}

/* Return the first error of the file in an IO space, the current one by default. */
fun FUNCTION_error = (int<32> ios = get_ios) PREFIX_error:
{
  var size = iosize (ios) / #B;
  var at = 0UL;      /* Where the next part begins. */
  var number = 0UL;  /* The value of the last integer, flag or status. */
  var error = PREFIX_error {};

  fun fail = (string code, string field, uint<64> start,
              uint<64> wanted = 0, uint<64> available = 0) int<32>:
    {
      error = PREFIX_error { code = code, field = field, at = start#B,
                             wanted = wanted, available = available };
      return 0;
    }

  /* Each of these checks one part, and returns 0 after an error. */

  fun need = (string field, uint<64> wanted) int<32>:
    {
      return size - at >= wanted || fail ("truncated", field, at, wanted, size - at);
    }

  fun magic = (string field, byte[] value) int<32>:
    {
      if (! need (field, value'length))
        return 0;
      for (var i = 0UL; i < value'length; i += 1)
        if ((byte @ ios : (at + i)#B) != value[i])
          return fail ("bad-magic", field, at);
      at += value'length;
      return 1;
    }

  fun integer = (string field, uint<64> width) int<32>:
    {
      if (! need (field, width))
        return 0;
      number = 0;
      for (var i = width; i > 0; i -= 1)
        number = (number <<. 8) | (byte @ ios : (at + i - 1)#B);
      at += width;
      return 1;
    }

  fun choice = (string field, string code, uint<64> width, uint<64> values) int<32>:
    {
      return (integer (field, width)
              && (number < values || fail (code, field, at - width)));
    }

  fun content = (string field) int<32>:
    {
      if (! need (field, number))
        return 0;
      var valid = FUNCTION_utf8 (ios, at, at + number);
      if (valid < number)
        return fail ("invalid-utf8", field, at + valid);
      at += number;
      return 1;
    }

  fun bytes = (string field, byte[] versions) int<32>:
    {
      if (! need (field, number))
        return 0;
      if (versions'length > 0
          && (number == 0 || ! ((byte @ ios : at#B) in versions)))
        return fail ("payload-version", field, at);
      at += number;
      return 1;
    }

  fun end = (string field) int<32>:
    {
      return at == size || fail ("trailing-bytes", field, at);
    }

"""
