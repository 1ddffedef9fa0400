package RCKP::Selection;

# What a run can resume from, in which order, and who chooses (Selection).

use v5.36;
use Errno qw(EACCES ENOENT EPERM);
use Exporter 'import';
use RCKP::Error;
use RCKP::Identity 'signature_hashes';
use RCKP::RunId qw(timestamp compare_timestamps);
use RCKP::Store::Judge 'judge';
use RCKP::Store::Walk;
our @EXPORT_OK = qw(resumable select_one choose);

my $LARGEST_U64 = '18446744073709551615';

# SEL-1 to SEL-4: references to the entries, the oldest first, and to errors for
# what was left out. An entry is a hash with path and record.
sub resumable ($store, $identity) {
    my $other_identity = _other_identity($identity);
    my @found;
    my $left_out = RCKP::Store::Walk::each_file($store, sub ($file) {
        my ($record) = judge($file, $other_identity) or return;
        push @found, {path => $file->{path}, record => $record} if $record;
    });
    return [_in_order(@found)], $left_out;
}

# Whether a field says that the file is none of this identity (STORE-22).
sub _other_identity ($identity) {
    my ($algorithm, $problem) = signature_hashes($identity);
    my %differs = (
        algorithm_name           => sub ($value) { $value ne $identity->{algorithm_name} },
        algorithm_signature_hash => sub ($value) { $value != $algorithm },
        problem_signature_hash   => sub ($value) { $value != $problem },
        status                   => sub ($value) { $value eq 'completed' },
    );
    return sub ($field, $value) { $differs{$field} && $differs{$field}->($value) };
}

# SEL-4. Perl compares characters by their scalar values, which is the order of
# their UTF-8 bytes. The walk gave the paths in order, and the sort is stable.
sub _in_order (@found) {
    use sort 'stable';
    my %timestamp = map { $_ => timestamp($_->{record}{run_id}) } @found;
    return sort {
        compare_timestamps($timestamp{$a}, $timestamp{$b})
            || $a->{record}{run_id} cmp $b->{record}{run_id}
    } @found;
}

# Selects one entry, or none (undef). Which one of several, these say:
#     run_id   the run that the program names
#     ask      a function, called only when there are several, that gets the reference
#              to the entries and gives one of them or undef
# Without one, several are an error.
sub select_one ($store, $identity, %which) {
    my $found = _found_or_fail($store, $identity);
    return _newest_of_run($store, $found, $which{run_id}) if defined $which{run_id};
    return $found->[0] if @$found < 2;                                            # SEL-5
    my $ask = $which{ask} // RCKP::Error->throw('choice-needed', path => $store->base);    # SEL-7
    my $chosen = $ask->($found) // return undef;
    RCKP::Error->throw('not-offered', path => $store->base)                       # SEL-6
        unless grep { $_ == $chosen } @$found;
    return $chosen;
}

# SEL-11
sub _newest_of_run ($store, $found, $run_id) {
    my @of_run = grep { $_->{record}{run_id} eq $run_id } @$found;
    return $of_run[-1] // RCKP::Error->throw('no-such-run', path => $store->base, reason => $run_id);
}

# SEL-8
sub _found_or_fail ($store, $identity) {
    my ($found, $left_out) = ([], []);
    my $error = RCKP::Error->caught_in(sub { ($found, $left_out) = resumable($store, $identity) });
    die $error if $error && $error->is('lone-surrogate');    # not the listing's fault
    ($error) = grep { _could_not_be_read($_) } @$left_out unless $error || @$found;
    RCKP::Error->throw('listing-failed', path => $store->base, reason => "$error") if $error;
    return $found;
}

# Neither faulty, nor gone, nor somebody else's. What was too deep was never tried,
# and has no errno.
sub _could_not_be_read ($error) {
    my $errno = $error->get('errno') // return 0;
    return !grep { $errno == $_ } ENOENT, EACCES, EPERM;
}

# SEL-10: the entry that an answer chooses. The answer is the line as it was
# typed, as characters, or undef at the end of the input.
sub choose ($found, $answer) {
    my ($digits) = ($answer // '') =~ /\A\p{White_Space}*\+?([0-9]+)\p{White_Space}*\z/
        or RCKP::Error->throw('invalid-index');
    $digits =~ s/\A0+(?=.)//;
    RCKP::Error->throw('invalid-index')
        if length $digits > length $LARGEST_U64
        || length $digits == length $LARGEST_U64 && $digits gt $LARGEST_U64;
    my $number = 0 + $digits;
    return undef if $number == 0;
    RCKP::Error->throw('index-out-of-range') if $number > @$found;
    return $found->[$number - 1];
}

1;
