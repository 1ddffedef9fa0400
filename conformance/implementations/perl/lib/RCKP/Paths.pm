package RCKP::Paths;

# Where a checkpoint lies (Paths and names). Everything here gives bytes.

use v5.36;
use Exporter 'import';
our @EXPORT_OK = qw(sanitise scope file_name base_dir);

# PATH-1. What is left is ASCII, but Perl may still hold it as characters; joined
# to a path of bytes it would change their encoding, hence utf8::encode.
sub sanitise ($text) {
    $text =~ s/[^A-Za-z0-9_-]/_/g;
    $text =~ s/\A_+//;
    $text =~ s/_+\z//;
    utf8::encode($text);
    return length $text ? $text : 'unnamed';
}

# PATH-2, PATH-3: two directories, named by the hashes that the record stores.
sub scope ($record) {
    return (
        sprintf('alg-%s-%016x', sanitise($record->{algorithm_name}), $record->{algorithm_signature_hash}),
        sprintf('prob-%s-%016x', sanitise($record->{problem_description}), $record->{problem_signature_hash}),
    );
}

# PATH-4
sub file_name ($record) { 'run-' . sanitise($record->{run_id}) . '.ckpt' }

# PATH-6, third row: variable and what is joined to it, in order.
my %STATE_DIRECTORIES = (
    linux => [
        [XDG_STATE_HOME => qw(roma checkpoints)],
        [HOME           => qw(.local state roma checkpoints)],
    ],
    macos   => [[HOME => 'Library', 'Application Support', qw(roma checkpoints)]],
    windows => [[LOCALAPPDATA => qw(roma checkpoints)], [APPDATA => qw(roma checkpoints)]],
    other   => [[HOME => qw(.roma checkpoints)]],
);

# PATH-6, PATH-7. All paths and values are bytes; explicit and project may be
# undef, and are taken when they are the empty string. On Windows a value may end in
# either separator.
sub base_dir (%given) {
    my ($explicit, $project, $environment, $system) = @given{qw(explicit project environment system)};
    return $explicit if defined $explicit;
    my $value = sub ($variable) {
        my $set = $environment->{$variable} // '';
        return length $set ? $set : undef;
    };
    my $named = $value->('ROMA_CHECKPOINT_DIR');
    return $named if defined $named;

    my $separator = $system eq 'windows' ? '\\' : '/';
    for my $directory ($STATE_DIRECTORIES{$system}->@*) {
        my ($variable, @below) = @$directory;
        my $root = $value->($variable) // next;
        my $last = substr $root, -1;
        $root .= $separator unless $last eq $separator || $last eq '/';
        return $root . join $separator, @below;
    }
    return $project // './.roma/checkpoints';
}

1;
