package RCKP::Source;

# Where a decoder gets its bytes from. take(n) gives the next n bytes, and fewer
# only where the file ends; n may be any declared length, so nothing is allocated
# for it before the bytes have come (LIM-1).

use v5.36;
use Errno 'EINTR';
use RCKP::Error;

use constant PIECE => 16_384;    # one read; mostly a whole checkpoint

sub of_bytes ($class, $bytes) {
    die "RCKP: bytes wanted, but the string holds wide characters\n"
        unless utf8::downgrade($bytes, 1);
    return bless {buffer => $bytes, at => 0}, $class;
}

# Reads ahead, so that the handle's position means nothing afterwards.
sub of_handle ($class, $handle) { bless {buffer => '', at => 0, handle => $handle}, $class }

sub take ($self, $n) {
    $self->_fill($n) if $self->{handle};
    my $bytes = substr $self->{buffer}, $self->{at}, $n;
    $self->{at} += length $bytes;
    return $bytes;
}

sub _fill ($self, $n) {
    return if $n <= length($self->{buffer}) - $self->{at};
    substr $self->{buffer}, 0, $self->{at}, '';
    $self->{at} = 0;
    while (length $self->{buffer} < $n) {
        my $got = sysread $self->{handle}, $self->{buffer}, PIECE, length $self->{buffer};
        if (!defined $got) {
            next if $!{EINTR};
            RCKP::Error->throw('unreadable', reason => "$!", errno => $! + 0);
        }
        last if $got == 0;
    }
}

1;
