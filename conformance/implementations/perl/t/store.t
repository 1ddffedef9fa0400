# The store and the selection, by hand: what the chapters' worked examples say.
use v5.36;
use FindBin;
use lib "$FindBin::Bin/../lib";
use File::Temp 'tempdir';
use Test::More;
use RCKP::Decoder 'decode';
use RCKP::Encoder 'encode';
use RCKP::Error;
use RCKP::Identity 'signature_hashes';
use RCKP::Selection qw(resumable select_one choose);
use RCKP::RunId 'generate_run_id';
use RCKP::Store;

my $identity = {algorithm_name => 'HC', algorithm_parameters => 'p=1',
    problem_description => 'TSP', problem_parameters => 'n=4'};
my ($a, $p) = signature_hashes($identity);
is $a, '415223577292991570';
is $p, '7209118388074153479';
my $run_id = 'HC-7-00000000000000000000-1767225600000';
like generate_run_id('HC'), qr/\AHC-$$-0{20}-[1-9][0-9]{12}\z/;
like generate_run_id('HC'), qr/\AHC-$$-0{19}1-[1-9][0-9]{12}\z/;

sub record (%more) {
    return {%$identity, created_at_ms => 1767225600000, run_id => $run_id, random_seed => 42,
        algorithm_signature_hash => $a, problem_signature_hash => $p, elapsed_millis => 1500,
        step_state_payload => 'iter=10;eval=11', seed_payload => undef, status => 'running',
        error_message => undef, %more};
}
sub code ($block) { my $e = RCKP::Error->caught_in($block); $e ? $e->code : 'none' }

my $bytes = encode(record());
is length $bytes, 136;
is_deeply decode($bytes), record();
is code(sub { encode(record(random_seed => '7')) }), 'wrong-type';
is code(sub { encode(record(random_seed => 7.5)) }), 'wrong-type';
is code(sub { encode(record(random_seed => !!1)) }), 'wrong-type';
is code(sub { encode(record(random_seed => 2**64)) }), 'integer-out-of-range';
is code(sub { encode(record(random_seed => 18446744073709551615)) }), 'none';
is code(sub { encode(record(random_seed => 1e15)) }), 'none';
is code(sub { encode(record(run_id => 7)) }), 'wrong-type';
is code(sub { encode(record(run_id => "\x{D83D}")) }), 'lone-surrogate';

my $top  = tempdir(CLEANUP => 1);
my $base = "$top/\xE9 new/base";
my $store = RCKP::Store->new($base);
is code(sub { $store->files }), 'missing';
my $path = $store->write(record());
is $path, "$base/alg-HC-05c32ba4c2ea6c52/prob-TSP-640beefa78e58607/run-$run_id.ckpt";
is_deeply $store->read($path), record();
chmod 0600, $path;
is $store->write(record(status => 'failed')), $path;
is((stat $path)[2] & 0777, 0600);
is code(sub { $store->write(record(run_id => "$run_id/")) }), 'run-id-collision';
my ($files, $left_out) = $store->files;
is_deeply $files, [$path];
is $store->purge(1767225600000), 0;
is $store->purge(1767225600001), 1;
is $store->delete($path), 0;

# What is in the way is kept, with its permissions; the new file has those of a new one.
my $scope = $path =~ s{/[^/]*\z}{}r;
sub put ($name, $content) { open my $file, '>', "$scope/$name" or die; print $file $content; close $file }
sub names { opendir my $opened, $scope or die; return sort grep { !/\A\.\.?\z/ } readdir $opened }
my $name = substr $path, 1 + length $scope;
put($name, 'RCKP...');
chmod 0600, $path;
$store->write(record());
my ($kept) = grep { $_ ne $name } names();
is_deeply [names()], [$name, $kept];
is((stat "$scope/$kept")[2] & 0777, 0600);
is((stat $path)[2] & 0777, 0666 & ~umask);
is $store->delete("$base//./" . substr $path, 1 + length $base), 1;
is code(sub { $store->delete("$top/x") }), 'outside-base';
unlink "$scope/$kept";

# Of what lies in a scope only temporary files are swept (SAFE-17).
my @not_ours = map { ".rckp-$_.tmp" } 'notes', '0123456789ABCDEF', '0123456789abcde';
put($_, '') for @not_ours, '.rckp-0123456789abcdef.tmp';
$store->write(record());
is_deeply [names()], [sort @not_ours, $name];
unlink map { "$scope/$_" } names();

$store->write(record(run_id => $_)) for 'restart', 'z-5', "\x{FF5E}-10", "x\x{1F600}-10";
my ($found) = resumable($store, $identity);
is_deeply [map { $_->{record}{run_id} } @$found], ['restart', 'z-5', "x\x{1F600}-10", "\x{FF5E}-10"];
is code(sub { select_one($store, $identity) }), 'choice-needed';
is choose($found, "+02\n")->{record}{run_id}, 'z-5';
is code(sub { choose($found, '5') }), 'index-out-of-range';
is code(sub { choose($found, $_) }), 'invalid-index' for "-1", "\x{FF12}", "\n", undef, '18446744073709551616';
is select_one($store, $identity, run_id => 'z-5')->{record}{run_id}, 'z-5';
is code(sub { select_one($store, $identity, run_id => 'y') }), 'no-such-run';
done_testing;
