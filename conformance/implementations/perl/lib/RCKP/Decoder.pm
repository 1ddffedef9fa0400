package RCKP::Decoder;

# Turns the bytes of a file into a record or dies with its fault (Decoding).
# A record is a hash: integers as native unsigned integers, strings as character
# strings, an absent option as undef, the status as its name.

use v5.36;
use Exporter 'import';
use RCKP::Error;
use RCKP::Layout qw(MAGIC FIELDS STATUSES);
use RCKP::Source;
our @EXPORT_OK = qw(decode decode_until);

sub decode ($bytes) { decode_until(RCKP::Source->of_bytes($bytes)) }

# Decodes what comes out of a source. After each field $enough->(name, value) is
# asked whether the rest is still wanted; if it is not, undef is given instead of
# a record (STORE-22), and a fault further on goes unnoticed.
sub decode_until ($source, $enough = undef) {
    my $self = bless {source => $source, offset => 0}, __PACKAGE__;
    $self->_magic;
    my %record;
    for my $entry (FIELDS) {
        my ($field, $type) = @$entry;
        my $read = "_$type";
        $record{$field} = $self->$read($field);
        return undef if $enough && $enough->($field, $record{$field});
    }
    $self->_end;
    return \%record;
}

# DEC-1: each part is judged as a whole, first whether its bytes are there.
sub _take ($self, $field, $wanted) {
    my $bytes     = $self->{source}->take($wanted);
    my $available = length $bytes;
    $self->_fault('truncated', $field, $self->{offset}, wanted => $wanted, available => $available)
        if $available < $wanted;    # DEC-2
    $self->{offset} += $wanted;
    return $bytes;
}

sub _fault ($self, $code, $field, $offset, %more) {
    RCKP::Error->throw($code, field => $field, offset => $offset, %more);
}

sub _magic ($self) {
    $self->_fault('bad-magic', 'magic', 0) if $self->_take('magic', 4) ne MAGIC;    # DEC-3
}

sub _u64 ($self, $field) { unpack 'Q<', $self->_take($field, 8) }

sub _string ($self, $field) {
    my $length  = unpack 'L<', $self->_take($field, 4);
    my $start   = $self->{offset};
    my $content = $self->_take($field, $length);
    my $valid   = valid_up_to($content);
    $self->_fault('invalid-utf8', $field, $start + $valid) if $valid < $length;     # DEC-4
    utf8::decode($content);
    return $content;
}

sub _option ($self, $field) {
    my $at   = $self->{offset};
    my $flag = ord $self->_take($field, 1);
    return undef                  if $flag == 0;
    return $self->_string($field) if $flag == 1;
    $self->_fault('invalid-option-flag', $field, $at);                              # DEC-5
}

sub _status ($self, $field) {
    my $at   = $self->{offset};
    my $byte = ord $self->_take($field, 1);
    return (STATUSES)[$byte] if $byte < STATUSES;
    $self->_fault('invalid-status', $field, $at);                                   # DEC-6
}

sub _end ($self) {
    $self->_fault('trailing-bytes', 'end', $self->{offset})                         # DEC-7
        if length $self->{source}->take(1);
}

# The length of the longest prefix that is well-formed UTF-8 (TYPE-5, Unicode
# table 3-7). Perl's own decoders are no help: they are lax, or do not say where.
# The loop is outside the pattern, since Perl limits how often a group repeats.
sub valid_up_to ($bytes) {
    1 while $bytes =~ /\G(?: [\x00-\x7F]++
                           | [\xC2-\xDF]             [\x80-\xBF]
                           | \xE0        [\xA0-\xBF] [\x80-\xBF]
                           | [\xE1-\xEC] [\x80-\xBF] [\x80-\xBF]
                           | \xED        [\x80-\x9F] [\x80-\xBF]
                           | [\xEE-\xEF] [\x80-\xBF] [\x80-\xBF]
                           | \xF0        [\x90-\xBF] [\x80-\xBF] [\x80-\xBF]
                           | [\xF1-\xF3] [\x80-\xBF] [\x80-\xBF] [\x80-\xBF]
                           | \xF4        [\x80-\x8F] [\x80-\xBF] [\x80-\xBF] )/gcx;
    return pos($bytes) // 0;
}

1;
