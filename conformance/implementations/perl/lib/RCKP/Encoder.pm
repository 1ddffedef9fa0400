package RCKP::Encoder;

# Turns a record into the bytes of a file, or dies with an error (Encoding).
#
# Perl's types, as the encoder sees them:
#   integer   a number with an integral value (Perl has one type of number), or a
#             Math::BigInt; a string of digits is a text
#   string    a character string; a string of bytes is the same to Perl as a text
#             of U+0000..U+00FF and cannot be told from one
#   boolean   what a comparison gives (!!1, !!0), or an object

use v5.36;
use Exporter 'import';
use Math::BigInt ();
use Scalar::Util 'blessed';
use RCKP::Error;
use RCKP::Layout qw(MAGIC FIELDS STATUSES is_text);
our @EXPORT_OK = qw(encode);

my $LARGEST_U64 = '18446744073709551615';
my %STATUS_BYTE = do { my $byte = 0; map { $_ => $byte++ } STATUSES };
my %BYTES_OF    = (u64 => \&_u64, string => \&_string, option => \&_option, status => \&_status);

# ENC-7: the pieces are joined only when all of them could be made.
sub encode ($record) {
    _check_fields($record);
    return join '', MAGIC,
        map { my ($field, $type) = @$_; $BYTES_OF{$type}->($field, $record->{$field}) } FIELDS;
}

sub _refuse ($code, $field) { RCKP::Error->throw($code, field => $field) }

# ENC-8: the first field that is missing, then any that is unknown.
sub _check_fields ($record) {
    my %unknown = %$record;
    for my $entry (FIELDS) {
        my $field = $entry->[0];
        _refuse('wrong-type', $field) unless exists $record->{$field};
        delete $unknown{$field};
    }
    my ($first) = sort keys %unknown;
    _refuse('wrong-type', $first) if defined $first;
}

sub _u64 ($field, $value) {
    my $decimal = _decimal($value) // _refuse('wrong-type', $field);
    _refuse('integer-out-of-range', $field)                                   # ENC-3
        if $decimal =~ /^-/
        || length $decimal > length $LARGEST_U64
        || length $decimal == length $LARGEST_U64 && $decimal gt $LARGEST_U64;
    return pack 'Q<', 0 + $decimal;
}

# The decimal digits of an integer of whatever size; undef for what is none.
sub _decimal ($value) {
    if (blessed $value && $value->isa('Math::BigInt')) {
        return $value->is_int ? $value->bstr : undef;
    }
    return undef unless _is_number($value);
    return "$value" if "$value" =~ /\A-?[0-9]+\z/;
    return undef unless $value == int $value && abs $value < 9**9**9;         # no fraction, NaN, infinity
    return sprintf '%.0f', $value;
}

sub _string ($field, $value) {
    _refuse('wrong-type', $field) unless _is_string($value);
    _refuse('lone-surrogate', $field) unless is_text($value);                 # ENC-5
    my $content = $value;
    utf8::encode($content);
    _refuse('string-too-long', $field) if length $content > 0xFFFF_FFFF;      # ENC-6
    return pack('L<', length $content) . $content;
}

sub _option ($field, $value) { defined $value ? "\x01" . _string($field, $value) : "\x00" }

sub _status ($field, $value) {
    _refuse('wrong-type', $field) unless _is_string($value) && exists $STATUS_BYTE{$value};
    return chr $STATUS_BYTE{$value};
}

# Perl tells numbers, strings and booleans apart since 5.36.
sub _is_number ($value) {
    no warnings 'experimental::builtin';
    return builtin::created_as_number($value);
}

sub _is_string ($value) {
    no warnings 'experimental::builtin';
    return builtin::created_as_string($value);
}

1;
