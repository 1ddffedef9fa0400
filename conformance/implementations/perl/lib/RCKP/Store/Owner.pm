package RCKP::Store::Owner;

# Whose the file is that a write finds in its place (SAFE-8 to SAFE-10).

use v5.36;
use Errno qw(ELOOP ENOENT);
use Exporter 'import';
use RCKP::Decoder 'decode_until';
use RCKP::Directory;
use RCKP::Error;
use RCKP::Source;
our @EXPORT_OK = 'owner';

# `$write` is an RCKP::Store::Write. Gives one of
#     nobody      there is nothing
#     ours        our run's, or empty; with the facts of the file
#     another     a file of another run id
#     directory
#     foreign     anything else
sub owner ($write) {
    my ($directory, $name) = @$write{qw(directory name)};
    my $facts = $directory->look($name);
    if (!$facts) { return 'nobody' if $!{ENOENT}; $write->fail }
    return 'directory' if $facts->{is_directory};
    return 'foreign' unless $facts->{is_file};

    my $handle = $directory->open_file($name);
    if (!$handle) {
        return owner($write) if $!{ENOENT} || $!{ELOOP};    # gone, or replaced just now
        $write->fail;                                       # whose it is cannot be told
    }
    $facts = RCKP::Directory::facts_of($handle) or $write->fail;
    return 'foreign' unless $facts->{is_file};              # a pipe by now
    return 'ours', $facts if $facts->{size} == 0;

    # SAFE-9: what is wrong after the run id plays no part.
    my $run_id;
    my $fault = RCKP::Error->caught_in(sub {
        decode_until(
            RCKP::Source->of_handle($handle),
            sub ($field, $value) { $run_id = $value if $field eq 'run_id'; $field eq 'run_id' },
        );
    });
    $write->fail('not-written', $fault->get('reason')) if $fault && $fault->is('unreadable');
    return 'foreign' if $fault;
    return 'ours', $facts if $run_id eq $write->{run_id};
    return 'another';
}

1;
