package RCKP::RunId;

# How a run is named, and how its age is read from the name (Run ids).

use v5.36;
use Exporter 'import';
use Time::HiRes ();
our @EXPORT_OK = qw(generate_run_id timestamp compare_timestamps);

my $LARGEST_U128 = '340282366920938463463374607431768211455';
my $sequence     = 0;    # RUN-2; a forked process goes on with it, but has its own id

sub generate_run_id ($algorithm_name) {
    my $ms = int(Time::HiRes::time() * 1000);
    $ms = 0 if $ms < 0;    # RUN-3
    return sprintf '%s-%d-%020d-%d', $algorithm_name, $$, $sequence++, $ms;
}

# RUN-6: the timestamp as decimal digits without leading zeros, since it may have
# 128 bits, or undef.
sub timestamp ($run_id) {
    my $dash = rindex $run_id, '-';
    return undef if $dash < 0;
    my ($digits) = substr($run_id, $dash + 1) =~ /\A\+?([0-9]+)\z/ or return undef;
    $digits =~ s/\A0+(?=.)//;
    return compare_timestamps($digits, $LARGEST_U128) > 0 ? undef : $digits;
}

# RUN-7: none counts as 0. Without leading zeros the longer one is the greater.
sub compare_timestamps ($one, $other) {
    $_ //= '0' for $one, $other;
    return length $one <=> length $other || $one cmp $other;
}

1;
