package RCKP::Store::Judge;

# Reading one file of a listing, in its open directory.

use v5.36;
use Errno qw(ENOENT ELOOP);
use RCKP::Decoder 'decode_until';
use RCKP::Directory;
use RCKP::Error;
use RCKP::Source;
use Exporter 'import';
our @EXPORT_OK = qw(judge);

# Gives the record, undef when $enough ended the reading, or dies with the fault
# or with `unreadable`; then the facts of the file, as it was opened. Nothing is
# given of what is gone meanwhile or is no regular file any more.
sub judge ($file, $enough = undef) {
    my $failed = sub { RCKP::Error->throw('unreadable', path => $file->{path}, reason => "$!", errno => $! + 0) };
    my $handle = $file->{directory}->open_file($file->{name});
    if (!$handle) {
        return if $!{ENOENT} || $!{ELOOP};
        $failed->();
    }
    my $facts = RCKP::Directory::facts_of($handle) or $failed->();
    return unless $facts->{is_file};
    return decode_until(RCKP::Source->of_handle($handle), $enough), $facts;
}

1;
